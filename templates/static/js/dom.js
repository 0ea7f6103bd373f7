// Elements from plain data. Text goes in as text nodes only, so nothing in it can become markup.
const SVG = "http://www.w3.org/2000/svg";

/**
 * @template {Element} E
 * @param {E} element
 * @param {Attributes | null} attributes
 * @param {Child[]} children
 */
const fill = (element, attributes, children) => {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === "function") element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...present(children));
  return element;
};

// Children that are there: what may be missing is "", null or undefined.
/** @type {(children: Child[]) => (Node | string)[]} */
export const present = (children) => children.flatMap((child) => child || []);

/**
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {Attributes | null} [attributes]
 * @param {Child[]} children
 */
export const el = (tag, attributes = null, ...children) => fill(document.createElement(tag), attributes, children);

/** @type {(tag: string, attributes?: Attributes | null, ...children: Child[]) => SVGElement} */
export const svg = (tag, attributes = null, ...children) =>
  fill(/** @type {SVGElement} */ (document.createElementNS(SVG, tag)), attributes, children);

// The element a page's template gives this id.
/**
 * @template {string} K
 * @param {K} id
 * @returns {K extends keyof ElementsById ? ElementsById[K] : HTMLElement}
 */
export const byId = (id) => {
  const element = document.getElementById(id);
  if (!element) throw new Error(`the page has no #${id}`);
  return /** @type {K extends keyof ElementsById ? ElementsById[K] : HTMLElement} */ (element);
};

// The one element there is of a kind: of the page, or within another.
/** @type {(selector: string, within?: ParentNode) => HTMLElement} */
export const only = (selector, within = document) => {
  const element = within.querySelector(selector);
  if (!(element instanceof HTMLElement)) throw new Error(`the page has no ${selector}`);
  return element;
};

// A text as it may stand in an attribute of somebody's page.
/** @type {(text: string) => string} */
export const quoted = (text) => text.replace(/&/g, "&amp;").replace(/"/g, "&quot;").replace(/</g, "&lt;").replace(/>/g, "&gt;");

// The radio buttons or check boxes of one name.
/** @type {(name: string) => HTMLInputElement[]} */
export const inputsNamed = (name) => [.../** @type {NodeListOf<HTMLInputElement>} */ (document.querySelectorAll(`input[name=${name}]`))];

/** @type {(selector: string, within?: ParentNode) => HTMLElement[]} */
export const all = (selector, within = document) => [.../** @type {NodeListOf<HTMLElement>} */ (within.querySelectorAll(selector))];

// The element that has the focus, if it lies within another.
/** @type {(box: Node) => HTMLElement | null} */
export const focusedWithin = (box) => {
  const focused = document.activeElement;
  return focused instanceof HTMLElement && box.contains(focused) ? focused : null;
};

// What an element is known by when it is made again.
/** @type {(element: HTMLElement) => string} */
const keyOf = (element) => element.dataset.key ?? element.textContent ?? "";

/** @type {(box: HTMLElement) => HTMLInputElement[]} */
const keyedInputs = (box) => [.../** @type {NodeListOf<HTMLInputElement>} */ (box.querySelectorAll("input[data-key]"))];

// Draw a part anew while somebody may be in it: what was open stays open, what was typed stays, and what had the focus
// keeps it. A thing is known by its `data-key`, else by what it says; `otherwise` gets the focus of what is gone.
/** @type {(box: HTMLElement, draw: () => void, otherwise?: (key: string) => HTMLElement | undefined) => void} */
export const redrawn = (box, draw, otherwise) => {
  const focused = focusedWithin(box);
  const key = focused && keyOf(focused);
  const open = new Set(all("details[open] > summary", box).map(keyOf));
  const typed = new Map(keyedInputs(box).flatMap((input) => (input.value === input.defaultValue ? [] : [[keyOf(input), input.value]])));
  draw();
  for (const summary of all("summary", box)) summary.parentElement?.toggleAttribute("open", open.has(keyOf(summary)));
  for (const input of keyedInputs(box)) input.value = typed.get(keyOf(input)) ?? input.value;
  if (!focused || document.activeElement === focused || key === null) return;
  const same = all("button, a, input, select, summary, [tabindex]", box).find((element) => keyOf(element) === key);
  (same ?? otherwise?.(key))?.focus({ preventScroll: true });
};

/** @type {(selector: string) => HTMLCanvasElement[]} */
export const canvases = (selector) => all(selector).filter((element) => element instanceof HTMLCanvasElement);

// A canvas's means to draw; every browser that runs these scripts has them.
/** @type {(canvas: HTMLCanvasElement, settings?: CanvasRenderingContext2DSettings) => CanvasRenderingContext2D} */
export const inkOf = (canvas, settings) => /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d", settings));

/** @type {(map: L.Map, name: string, order: number) => HTMLElement} */
export const paneOf = (map, name, order) => {
  const pane = map.createPane(name);
  pane.style.zIndex = String(order);
  return pane;
};

// The letter of a key as it stands on a Latin keyboard, whatever alphabet is written with it.
/** @type {(event: KeyboardEvent) => string} */
export const latin = ({ key, code }) => (/^Key[A-Z]$/.test(code) && !/^[a-z]$/i.test(key) ? code.slice(3) : key).toLowerCase();
