// How many distinct stations are named, for the severities or the one category the reader chose.
export const SEVERITIES = ["low", "medium", "high", "critical"];

// Stations of an area by their most severe chosen finding: [low, medium, high, critical].
export const byWorst = (area, state, categories) => {
  const found = [0, 0, 0, 0];
  if (state.category >= 0) {
    const severity = categories[state.category]?.severity ?? -1;
    if (severity >= 0) found[severity] = area.categories[state.category] ?? 0;
    return found;
  }
  area.masks.forEach((n, mask) => {
    const chosen = mask & state.severities;
    if (n && chosen) found[31 - Math.clz32(chosen)] += n;
  });
  return found;
};

export const sum = (counts) => counts.reduce((total, n) => total + n, 0);
export const allNamed = (area) => sum(area.masks) - area.masks[0];
