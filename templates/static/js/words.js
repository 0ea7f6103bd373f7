// Numbers and plural forms in the page's language.
export const language = document.documentElement.lang || "en";
// Kazakh writes numbers as Russian does; browsers that claim to know Kazakh may write them as English.
const locales = language === "kk" ? "ru" : language;
const plain = new Intl.NumberFormat(locales);
const tenths = new Intl.NumberFormat(locales, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
const rules = new Intl.PluralRules(language);

export const number = (n) => plain.format(n);
export const percent = (share) => `${tenths.format(100 * share)}\u00a0%`;
export const filled = (text, values) => text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? values[name] : whole));
export const plural = (forms, n) => filled(forms[rules.select(n)] ?? forms.other, { n: number(n) });
