// One area in a few plain lines, for the pointer and for screen readers.
import { figures, isByChoice, said, statusOf } from "./choices.js";
import { byWorst, sum } from "./counts.js";
import { state } from "./state.js";
import { filled, number, percent, plural } from "./words.js";

export const describe = (values, index) => {
  const area = values.areas[index];
  const made = figures(state)?.areas;
  if (made && isByChoice(values, state)) {
    const own = said(values, state, made, index);
    return [area.name, values.statuses[statusOf(state, made, index)].title, ...(own ? [own] : [])];
  }
  const lines = [area.name, values.statuses[area.status].title];
  if (area.visited >= 0 && area.stations > 0) {
    lines.push(filled(values.words.coverageOf, { visited: number(area.visited), stations: number(area.stations), percent: percent(area.visited / area.stations) }));
  }
  const counts = byWorst(area, state, values.categories);
  if (sum(counts)) {
    const parts = counts.map((n, severity) => [n, values.severities[severity].title]).filter(([n]) => n).reverse();
    lines.push(`${plural(values.words.named, sum(counts))}: ${parts.map(([n, title]) => `${number(n)} ${title}`).join(", ")}`);
  } else if (area.status !== "not_observed") lines.push(values.words.noneNamed);
  if (area.longTerm) lines.push(values.words.longTerm);
  return lines;
};
