// Times as coordinators read them.
import { filled, number } from "../language.js";
import { model } from "./desk-model.js";

// Minutes of election day as the clock on the wall, with the day where it is another one; "" for no time.
/** @type {(minute: number | null) => string} */
export const clock = (minute) => {
  if (minute === null || minute < -90000) return "";
  const day = Math.floor(minute / 1440);
  const inDay = minute - day * 1440;
  const text = `${String(Math.floor(inDay / 60)).padStart(2, "0")}:${String(inDay % 60).padStart(2, "0")}`;
  return day ? `${text} (${day > 0 ? "+" : "−"}${Math.abs(day)})` : text;
};

// Minutes as words: 25 min, 3 h, 3 h 15 min.
/** @type {(minutes: number) => string} */
export const duration = (minutes) => {
  const words = model.start.words;
  const whole = Math.max(0, Math.round(minutes));
  const [h, m] = [number(Math.floor(whole / 60)), number(whole % 60)];
  const isWhole = whole % 60 === 0;
  const text = whole < 60 ? filled(words.minutesShort, { m }) : filled(isWhole ? words.wholeHours : words.hours, { h, m });
  return text.replaceAll(" ", "\u00a0");
};
