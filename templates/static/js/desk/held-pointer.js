// What is under a pointer that is held down is not replaced: its click would be nobody's.
let isHeld = false;
/** @type {(() => void)[]} */
let waiting = [];

// Know of pointers that are pressed on a part of the page.
/** @type {(box: HTMLElement) => void} */
export const watchPointer = (box) => {
  box.addEventListener("pointerdown", () => {
    isHeld = true;
  });
  for (const end of ["pointerup", "pointercancel"])
    addEventListener(end, () => {
      isHeld = false;
      const next = waiting;
      waiting = [];
      setTimeout(() => next.forEach((go) => go())); // after the click
    });
};

/** @type {(resolve: (value?: undefined) => void) => void} */
const wait = (resolve) => {
  waiting.push(resolve);
};

// Once nobody holds anything there.
/** @type {() => Promise<void>} */
export const released = async () => {
  while (isHeld) await new Promise(wait);
};
