// Code to embed and addresses to cite, for what the map shows now. The site's own address is known only here.
import { isByChoice } from "./choices.js";
import { byId } from "./dom.js";
import { follow } from "./state.js";
import { toast } from "./tip.js";

const FROM = { 15: "low", 14: "medium", 12: "high", 8: "critical" };

// The name of the picture that shows the same as the map.
export const pictureName = (values, now) => {
  if (isByChoice(values, now)) return `${now.view}-${now.stage}-${now.from}`;
  if (now.view !== "findings") return `${now.view}-all-medium`;
  if (now.category >= 0) return `findings-all-c${now.category}`;
  return `findings-all-${FROM[now.severities] ?? `s${now.severities}`}`;
};

// A text as it may stand in an attribute of somebody's page.
const quoted = (text) => text.replace(/&/g, "&amp;").replace(/"/g, "&quot;").replace(/</g, "&lt;").replace(/>/g, "&gt;");

export const cite = (values) => {
  const codes = document.querySelector(".codes");
  const { pattern, title, alt } = codes.dataset;
  const citation = byId("citation");
  const plain = citation.value;
  const links = [...document.querySelectorAll("a[data-picture]")];
  const show = (now) => {
    const picture = new URL(pattern.replace("{name}", pictureName(values, now)), location.href).href;
    for (const link of links) link.href = `${picture}${link.dataset.picture}?download`;
    const frame = new URL(`embed/${location.hash}`, location.href).href;
    byId("code-frame").value = `<iframe src="${quoted(frame)}" title="${quoted(title)}" width="100%" height="560" style="border:0" loading="lazy"></iframe>`;
    byId("code-image").value = `<a href="${quoted(location.href)}"><img src="${quoted(`${picture}png`)}" alt="${quoted(`${title}. ${alt}`)}" width="1200" style="max-width:100%;height:auto"></a>`;
    citation.value = `${plain} ${location.href}`;
  };
  follow(show);
  for (const button of codes.querySelectorAll("[data-copies]")) {
    button.addEventListener("click", () => {
      const box = byId(button.dataset.copies);
      box.select();
      const done = navigator.clipboard ? navigator.clipboard.writeText(box.value) : Promise.reject();
      done.then(() => toast(values.words.copiedText), () => toast(values.words.copyYourself));
    });
  }
};
