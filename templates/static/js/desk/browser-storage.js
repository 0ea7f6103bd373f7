// What this browser keeps between pages; where it may keep nothing, or is full, the page remembers while it is open.
/** @type {Map<string, string>} */
const here = new Map();

// Visits entered and not yet on the server, of this mission.
export const VISITS = `baqylau-visits ${location.pathname.split("/desk/")[0]}`;

/** @type {(key: string) => string | null} */
export const stored = (key) => {
  try {
    return here.get(key) ?? localStorage.getItem(key);
  } catch {
    return here.get(key) ?? null;
  }
};

/** @type {(key: string, value: string) => void} */
export const store = (key, value) => {
  try {
    localStorage.setItem(key, value);
    here.delete(key);
  } catch (error) {
    console.warn(error);
    here.set(key, value);
  }
};
