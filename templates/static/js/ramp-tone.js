// Which of a ramp's five colours a class has: spread out, the middle one where there is only one class.
/** @type {(index: number, classes: number) => number} */
export const tone = (index, classes) => (classes === 1 ? 2 : Math.round((index * 4) / (classes - 1)));
