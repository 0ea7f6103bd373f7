// What is under a pointer that is held down is not replaced: its click would be nobody's.
let isHeld = false;
/** @type {(() => void)[]} */
let waiting = [];

const release = () => {
  if (!isHeld) return;
  isHeld = false;
  const next = waiting;
  waiting = [];
  setTimeout(() => next.forEach((go) => go())); // after the click
};

// Know of pointers that are pressed on a part of the page. Not of those that open a menu: their end is told to nobody.
/** @type {(box: HTMLElement) => void} */
export const watchPointer = (box) => {
  box.addEventListener("pointerdown", ({ button }) => {
    if (button === 0) isHeld = true;
  });
  for (const end of ["pointerup", "pointercancel", "contextmenu", "blur"]) addEventListener(end, release);
  addEventListener("pointermove", ({ buttons }) => {
    if (!buttons) release(); // let go where this page was not told
  });
};

/** @type {(resolve: (value?: undefined) => void) => void} */
const wait = (resolve) => {
  waiting.push(resolve);
};

export const isPointerHeld = () => isHeld;

// Once nobody holds anything there.
/** @type {() => Promise<void>} */
export const released = async () => {
  while (isHeld) await new Promise(wait);
};
