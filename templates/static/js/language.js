// Numbers and plural forms in the page's language.
export const language = document.documentElement.lang || "en";
// Kazakh writes numbers as Russian does; browsers that claim to know Kazakh may write them as English.
const locales = language === "kk" ? "ru" : language;
const plain = new Intl.NumberFormat(locales);
const tenths = new Intl.NumberFormat(locales, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
const rules = new Intl.PluralRules(language);

/** @type {(n: number) => string} */
export const number = (n) => plain.format(n);
/** @type {(share: number) => string} */
export const percent = (share) => `${tenths.format(100 * share)}\u00a0%`;
// The number that `percent` writes: what reads alike is not ranked.
/** @type {(share: number) => number} */
export const percentPrinted = (share) => Number((100 * share).toFixed(1));
// A sentence or an address with its {names} filled in.
/**
 * @template {string} T
 * @param {T} text
 * @param {Record<string, string | number>} values
 */
export const filled = (text, values) =>
  /** @type {T} */ (text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole)));

/** @type {(forms: PluralForms, n: number) => string} */
export const plural = (forms, n) => filled(forms[rules.select(n)] ?? forms.other, { n: number(n) });
