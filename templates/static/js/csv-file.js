// Rows as a file that spreadsheets open and that none of them runs.

// A cell that begins like a formula is text again after a quote, as in the files the server writes.
const FORMULA = /^(?:[\t\r\n]|\s*[=+\-@＝＋－＠])/;

/** @type {(value: FileCell) => string} */
const cell = (value) => {
  if (value === null) return "";
  if (typeof value === "number") return String(value);
  const text = FORMULA.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
};

/** @type {(file: FileRows) => string} */
export const csv = ({ names, rows }) => [names, ...rows].map((row) => `${row.map(cell).join(",")}\r\n`).join("");

/** @type {(name: string, file: FileRows) => void} */
export const offerCsv = (name, file) => {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob(["\ufeff", csv(file)], { type: "text/csv;charset=utf-8" }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000); // once the browser has it
};
