/** The start page's pictures: one that had to wait until others were drawn is asked for again. */

const FIRST_MS = 1500;
const MOST = 5;

/** @param {HTMLImageElement} picture */
function askAgain(picture) {
  const address = picture.src;
  let asked = 0;
  const again = () => {
    picture.classList.add("waits");
    if (asked >= MOST) return;
    setTimeout(() => (picture.src = address), FIRST_MS * 2 ** asked);
    asked += 1;
  };
  picture.addEventListener("error", again);
  picture.addEventListener("load", () => picture.classList.remove("waits"));
  if (picture.complete && !picture.naturalWidth) again();
}

for (const picture of document.images) askAgain(picture);
