// Code to embed, pictures and addresses to cite, for what the map shows. The site's own address is known only here.
import { all, byId, quoted } from "../dom.js";
import { toast } from "../tooltip.js";
import { addressOf, follow, onScreen } from "./press-state.js";

/** @type {(id: string) => HTMLTextAreaElement} */
const box = (id) => /** @type {HTMLTextAreaElement} */ (byId(id));

let isOn = false;

/** @type {(values: PressValues) => void} */
export const cite = (values) => {
  if (isOn) return;
  isOn = true;
  const pattern = byId("stage").dataset.picture ?? "";
  const plain = box("citation").value;
  follow(() => {
    const shown = onScreen();
    if (!shown) return;
    const { measure } = shown;
    const { view, stage, from, level } = shown.choice;
    const parts = level === "part" && measure.unit !== "clusters" ? "-part" : "";
    const picture = new URL(pattern.replace("{name}", `${view}${parts}-${stage}-${from}`), location.href).href;
    for (const link of all("a[data-picture]")) link.setAttribute("href", `${picture}${link.dataset.picture}`);
    const frame = new URL(`embed/${addressOf({ ...shown.choice, unit: -1 })}`, location.href.split("#")[0]).href;
    const page = new URL(addressOf(shown.choice) || location.pathname + location.search, location.href.split("#")[0]).href;
    const title = `${measure.headline} ${measure.line}`;
    const spoken = quoted(title);
    const style = "border:0;width:100%;aspect-ratio:4/3;min-height:460px";
    box("code-frame").value = `<iframe src="${quoted(frame)}" title="${spoken}" style="${style}" loading="lazy"></iframe>`;
    const image = `<img src="${quoted(`${picture}-web.png`)}" alt="${spoken}" width="1200" style="max-width:100%;height:auto">`;
    box("code-image").value = `<a href="${quoted(page)}">${image}</a>`;
    box("citation").value = `${plain} ${page}`;
  });
  for (const button of all("[data-copies]")) {
    button.addEventListener("click", () => copy(box(button.dataset.copies ?? ""), values));
  }
};

/** @type {(source: HTMLTextAreaElement, values: PressValues) => void} */
const copy = (source, values) => {
  source.select();
  const done = navigator.clipboard ? navigator.clipboard.writeText(source.value) : Promise.reject(new Error("no clipboard"));
  done.then(
    () => toast(values.words.copiedText),
    () => toast(values.words.copyYourself),
  );
};
