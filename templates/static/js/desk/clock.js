// Minutes of election day as the clock on the wall, with the day where it is another one; "" for no time.
export const clock = (minute) => {
  if (minute === null || minute < -90000) return "";
  const day = Math.floor(minute / 1440);
  const inDay = minute - day * 1440;
  const text = `${String(Math.floor(inDay / 60)).padStart(2, "0")}:${String(inDay % 60).padStart(2, "0")}`;
  return day ? `${text} (${day > 0 ? "+" : "−"}${Math.abs(day)})` : text;
};
