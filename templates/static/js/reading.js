// Below the map: the sentence of the view on screen, and, when a reader comes near, what there is to cite.
import { byId } from "./dom.js";
import { follow } from "./state.js";

export const reading = (values) => {
  const sentences = document.querySelectorAll("[data-shown]");
  follow((now) => {
    for (const one of sentences) one.hidden = one.dataset.shown !== now.view;
  });
  const section = byId("cite");
  // Few readers go there: what fills it is fetched when it comes near.
  const near = new IntersectionObserver(
    (seen) => {
      if (!seen.some((one) => one.isIntersecting)) return;
      near.disconnect();
      import("./cite.js").then((module) => module.cite(values)).catch((error) => console.warn(`cite: ${error}`));
    },
    { rootMargin: "600px" },
  );
  if (section) near.observe(section);
};
