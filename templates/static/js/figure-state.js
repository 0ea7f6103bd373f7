// One state for everything on screen: what the reader wants, what is shown, and what lies between the two.
// Controls mark what is wanted as pending until its figures are there; everything else draws what is shown, in one frame.

const SLOW_MS = 150; // a bar appears only if figures take longer than an eye notices
export const RETRY_S = [2, 5, 15, 30]; // then every 30 s: a line that is gone comes back at its own time
const KEPT = 12; // choices whose figures are at hand again at once; a page may stay open all day

/**
 * @template C, F
 * @typedef {object} Screen
 * @property {C} wanted what the controls stand at
 * @property {C | null} shown what map, list, legend, headline and caption speak of; null before the first figures
 * @property {F | null} figures of what is shown
 * @property {"idle" | "loading" | "stale" | "offline" | "failed"} status
 * @property {boolean} isSlow a bar may be shown
 * @property {C | null} refused the choice that failed, to be tried again
 * @property {Date | null} since when the figures on screen were fetched
 */

/** An answer that says no: trying again at once would change nothing. */
export class Refused extends Error {}

/**
 * @template C, F
 * @typedef {{ first: C, keyOf: (choice: C) => string, load: (choice: C) => Promise<F>, later?: typeof setTimeout }} FigureSource
 */

/** @template C, F */
class FigureState {
  /** @param {FigureSource<C, F>} source */
  constructor(source) {
    this.source = source;
    this.later = source.later ?? setTimeout.bind(globalThis);
    /** @type {Screen<C, F>} */
    this.screen = { wanted: source.first, shown: null, figures: null, status: "idle", isSlow: false, refused: null, since: null };
    /** @type {Set<(screen: Screen<C, F>) => void>} */
    this.listeners = new Set();
    /** @type {Map<string, { figures: F, since: Date }>} */
    this.known = new Map();
    this.attempt = 0; // which wish is being fetched; answers to older ones are only kept
    this.failures = 0;
    this.isStale = false; // the server has newer figures than this page asks for, whatever is chosen
    this.drawing = 0;
    addEventListener("online", () => this.screen.status === "offline" && this.fetchWanted());
  }

  /** @param {Partial<Screen<C, F>>} part */
  set(part) {
    this.screen = { ...this.screen, ...part };
    if (this.drawing) return;
    this.drawing = requestAnimationFrame(() => {
      this.drawing = 0;
      for (const listener of this.listeners) listener(this.screen);
    });
  }

  /** @param {F} figures @param {Date} since when they were fetched */
  commit(figures, since) {
    this.attempt += 1; // whatever is still on its way is no longer wanted
    this.failures = 0;
    this.set({ shown: this.screen.wanted, figures, status: this.isStale ? "stale" : "idle", isSlow: false, refused: null, since });
  }

  /** @param {unknown} error */
  missed(error) {
    const { wanted, shown } = this.screen;
    if (error instanceof Refused) {
      // the control goes back to what is on screen, and the reader may try again
      this.set({ status: "failed", isSlow: false, refused: wanted, wanted: shown ?? wanted });
      return;
    }
    const wait = RETRY_S[Math.min(this.failures, RETRY_S.length - 1)];
    this.failures += 1;
    const mine = this.attempt;
    this.set({ status: "offline", isSlow: false });
    this.later(() => {
      if (mine === this.attempt && this.screen.status === "offline") this.fetchWanted();
    }, 1000 * wait);
  }

  fetchWanted() {
    this.attempt += 1;
    const mine = this.attempt;
    const key = this.source.keyOf(this.screen.wanted);
    this.later(() => {
      if (mine === this.attempt && this.screen.status === "loading") this.set({ isSlow: true });
    }, SLOW_MS);
    this.source.load(this.screen.wanted).then(
      (figures) => {
        const since = new Date();
        this.known.set(key, { figures, since });
        if (this.known.size > KEPT) this.known.delete([...this.known.keys()][0]);
        if (mine === this.attempt) this.commit(figures, since);
      },
      (error) => {
        if (mine === this.attempt) this.missed(error);
      },
    );
  }

  /** @param {C} choice */
  want(choice) {
    this.screen = { ...this.screen, wanted: choice };
    const known = this.known.get(this.source.keyOf(choice));
    if (known) {
      this.commit(known.figures, known.since);
      return;
    }
    this.set({ status: this.screen.status === "offline" ? "offline" : "loading", refused: null });
    this.fetchWanted();
  }

  retry() {
    if (this.screen.refused) this.want(this.screen.refused);
  }

  stale() {
    this.isStale = true;
    if (this.screen.status === "idle") this.set({ status: "stale" });
  }

  /** Call after every change, and now. @param {(screen: Screen<C, F>) => void} listener */
  follow(listener) {
    this.listeners.add(listener);
    listener(this.screen);
  }
}

/**
 * @template C, F
 * @param {FigureSource<C, F>} source
 */
export const figureState = (source) => new FigureState(source);

// A fetch that tells "no" from "no line".
/**
 * @template T
 * @param {Address<T>} url
 * @returns {Promise<T>}
 */
export const fetched = async (url) => {
  const answer = await fetch(url);
  if (answer.ok) return answer.json();
  // a server that is busy or restarting will answer later; anything else it means
  if (answer.status === 503 || answer.status === 502 || answer.status === 504) throw new Error(`${answer.status}`);
  throw new Refused(`${url}: ${answer.status}`);
};
