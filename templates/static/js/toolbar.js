// What every map page offers beside its map: the link, paper, dark or light, the other languages.
import { all, byId } from "./dom.js";
import { toast } from "./tooltip.js";

// `chosen`: the part of the address that says what is on screen; a link to a part of the page may have taken its place.
/** @type {(words: ToolWords, chosen?: () => string) => void} */
export const toolbar = (words, chosen = () => location.hash) => {
  byId("copy").addEventListener("click", () => {
    const done = navigator.clipboard ? navigator.clipboard.writeText(location.href.split("#")[0] + chosen()) : Promise.reject();
    done.then(
      () => toast(words.copied),
      () => toast(words.copyFailed),
    );
  });
  byId("print").addEventListener("click", () => print());
  theme(words);
  // Another language shows the same choice.
  for (const link of /** @type {HTMLAnchorElement[]} */ (all(".toolbar a[hreflang]"))) {
    link.addEventListener("click", () => (link.hash = chosen()));
  }
};

/** @type {(words: ToolWords) => void} */
const theme = (words) => {
  const root = document.documentElement;
  const isDark = () => (root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches);
  const button = byId("theme");
  const label = () => (button.textContent = isDark() ? words.light : words.dark);
  button.addEventListener("click", () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    try {
      localStorage.setItem("theme", root.dataset.theme);
    } catch {
      // storage may be forbidden; the choice then lasts as long as the page
    }
    label();
  });
  label();
};
