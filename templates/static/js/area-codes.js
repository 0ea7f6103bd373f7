// Code to embed one area: its frame, and its picture. The site's own address is known only in the browser.
import { all, quoted } from "./dom.js";

for (const box of all("textarea[data-title]")) {
  if (!(box instanceof HTMLTextAreaElement)) continue;
  const { frame, picture, title } = box.dataset;
  const spoken = quoted(title ?? "");
  const address = quoted(new URL(frame ?? picture ?? "", location.href).href);
  const style = "border:0;width:100%;max-width:640px;min-height:430px";
  const image = `<img src="${address}" alt="${spoken}" width="1200" style="max-width:100%;height:auto">`;
  box.value = frame
    ? `<iframe src="${address}" title="${spoken}" style="${style}" loading="lazy"></iframe>`
    : `<a href="${quoted(location.href)}">${image}</a>`;
  box.addEventListener("focus", () => box.select());
}
