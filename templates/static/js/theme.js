// Before anything is painted: the reader's own choice of light or dark, and that scripts run at all.
(() => {
  const root = document.documentElement;
  root.classList.remove("no-js");
  try {
    const chosen = localStorage.getItem("theme");
    if (chosen === "dark" || chosen === "light") root.dataset.theme = chosen;
  } catch {
    // storage may be forbidden; the system's preference then decides
  }
})();
