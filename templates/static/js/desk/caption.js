// The sentence inside the picture: n of N, how chosen, of which moment, what is counted. It survives a cropped picture.
import { byId } from "../dom.js";
import { filled, number, percent } from "../words.js";
import { clock } from "./clock.js";
import { categoryTitle, model, onPaint, range } from "./model.js";
import { SEVERITIES, state } from "./state.js";

const paint = () => {
  const { start, tally, figures } = model;
  const said = start.words;
  const n = tally.total.observed;
  byId("caption-main").textContent = filled(start.selection, { visited: number(n), stations: number(start.stations), percent: percent(n / Math.max(1, start.stations)) });
  const parts = [filled(said.dataTo, { time: start.asOf }), state.verified ? said.verifiedOnly : said.unverifiedToo];
  if (state.stage) parts.push(filled(said.stageOnly, { stage: start.stages[state.stage] }));
  if (range()) parts.push(filled(said.range, { from: clock(state.from * 60), to: clock(state.to * 60) }));
  if (["both", "rate"].includes(state.view) || !state.off.includes("finding")) parts.push(filled(said.severityFrom, { severity: start.severities[SEVERITIES.indexOf(state.severity)] }));
  if (categoryTitle()) parts.push(filled(said.categoryOnly, { category: categoryTitle() }));
  if (model.points?.note()) parts.push(model.points.note());
  byId("caption-more").textContent = parts.join(" ");
  byId("status").textContent = `${start.views[state.view]}. ${byId("caption-main").textContent} ${figures.absence[state.view] ? start.absence[figures.absence[state.view]] : ""}`;
};

export const caption = () => {
  onPaint(paint);
  addEventListener("stations", () => model.tally && paint());
};
