/** A file dropped anywhere on the page is read at once: the form works without this, by choosing one. */

const form = document.querySelector("form.drop");
const field = form?.querySelector("input[name=stations]");

if (form instanceof HTMLFormElement && field instanceof HTMLInputElement) {
  document.addEventListener("dragover", (event) => {
    event.preventDefault();
    form.classList.add("over");
  });
  document.addEventListener("dragleave", () => form.classList.remove("over"));
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    form.classList.remove("over");
    const files = event.dataTransfer?.files;
    if (!files?.length) return;
    field.files = files;
    form.requestSubmit();
  });
  field.addEventListener("change", () => {
    const boundaries = form.querySelector("details");
    if (field.files?.length && !boundaries?.open) form.requestSubmit();
  });
}
