// The line inside the picture: what is counted under the choice on screen.
import { figures, isByChoice, printed } from "./choices.js";
import { byId } from "./dom.js";
import { follow, LOW_OUT } from "./state.js";
import { filled, number } from "./words.js";

const choiceCaption = (values, now) => {
  const { words, choices } = values;
  const all = figures(now)?.nation;
  const parts = { stage: choices.stages[now.stage] ?? "", severity: choices.from[now.from] ?? "" };
  if (now.view.includes("coverage")) {
    return all?.observed > 0 && all.stations > 0 ? filled(words.coverageStage, { ...parts, n: number(all.observed), stations: number(all.stations) }) : words.coverageView;
  }
  if (now.view === "hot") {
    const none = figures(now) && !figures(now).cells.hot.length ? ` ${words.hotNone}` : "";
    return filled(words.hotView, parts) + none;
  }
  if (now.view === "negative") {
    return all?.assessed > 0 && all.negative !== -1 ? filled(words.negativeView, { ...parts, k: printed(values, all.negative), m: number(all.assessed) }) : filled(words.negativeHidden, parts);
  }
  return all?.visits > 0 && (all.found >= 0 || all.found === -2) ? filled(words.rateView, { ...parts, k: printed(values, all.found), m: number(all.visits) }) : filled(words.rateHidden, parts);
};

export const caption = (values) => {
  follow((now) => {
    const words = values.words;
    const parts = [];
    if (now.view === "findings") {
      if (now.category >= 0) parts.push(filled(words.only, { title: values.categories[now.category]?.title ?? "" }));
      else if (now.severities === LOW_OUT) parts.push(words.lowOut);
      else if (now.severities === 15) parts.push(words.lowIn);
      else parts.push(filled(words.severitiesOnly, { list: values.severities.filter((_, rank) => now.severities & (1 << rank)).map((one) => one.title).join(", ") }));
      parts.push(words.countsOnly);
    }
    if (isByChoice(values, now)) parts.push(choiceCaption(values, now));
    else if (now.view === "coverage") parts.push(words.coverageView);
    parts.push(values.source);
    byId("caption-more").textContent = parts.join(" ");
    byId("status").textContent = parts[0];
  });
};
