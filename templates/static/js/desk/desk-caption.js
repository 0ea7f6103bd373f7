// The sentence inside the picture: n of N, how chosen, of which moment, what is counted. It survives a cropped picture.
import { byId } from "../dom.js";
import { filled, number, percent } from "../language.js";
import { clock } from "./clock.js";
import { categoryTitle, model, onPaint, range, view } from "./desk-model.js";
import { SEVERITIES, state } from "./desk-state.js";

const paint = () => {
  const { start, tally, figures } = model;
  const words = start.words;
  const n = start.sums ? start.sums.visited : tally.total.observed;
  const stations = start.sums?.stations ?? start.stations;
  byId("caption-main").textContent =
    n === null
      ? words.sumsSay
      : filled(start.selection, { visited: number(n), stations: number(stations), percent: percent(n / Math.max(1, stations)) });
  const parts = [filled(words.dataTo, { time: start.asOf }), state.verified ? words.verifiedOnly : words.unverifiedToo];
  if (state.stage) parts.push(filled(words.stageOnly, { stage: start.stages[state.stage] }));
  const hours = range();
  if (hours) parts.push(filled(words.range, { from: clock(hours[0] * 60), to: clock(hours[1] * 60) }));
  const { figure, says } = view();
  const { ofFindings, absence } = start.figures[figure];
  if (ofFindings || !state.off.includes("finding"))
    parts.push(filled(words.severityFrom, { severity: start.severities[SEVERITIES.indexOf(state.severity)] }));
  if (categoryTitle()) parts.push(filled(words.categoryOnly, { category: categoryTitle() }));
  if (model.points?.note()) parts.push(model.points.note());
  byId("caption-more").textContent = parts.join(" ");
  byId("status").textContent = `${says}. ${byId("caption-main").textContent} ${start.absence[figures.absence[absence]] ?? ""}`;
};

export const caption = () => {
  onPaint(paint);
  addEventListener("stations", () => model.tally && paint());
};
