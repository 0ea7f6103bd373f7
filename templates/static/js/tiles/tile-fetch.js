// Fetching that can be called off, and that tries again when the network or the server had a bad moment.
const PASSING = new Set([408, 425, 429, 500, 502, 503, 504]);

// The server answered, but not with what was asked for.
export class Refused extends Error {
  /**
   * @param {string} message
   * @param {number} status
   */
  constructor(message, status) {
    super(message);
    this.status = status;
  }
}

/** @type {(ms: number, signal: AbortSignal) => Promise<void>} */
export const pause = (ms, signal) =>
  new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", stop);
      resolve();
    }, ms);
    signal.addEventListener("abort", stop, { once: true });
  });

// The bytes at an address, none for 204. Rejects when called off, refused, or after the last attempt.
/** @type {(url: string, signal: AbortSignal, delays: number[]) => Promise<ArrayBuffer>} */
export const fetchBytes = async (url, signal, delays) => {
  for (let attempt = 0; ; attempt += 1) {
    signal.throwIfAborted();
    try {
      const answer = await fetch(url, { signal });
      if (answer.ok) return await answer.arrayBuffer();
      throw new Refused(`${url}: ${answer.status}`, answer.status);
    } catch (error) {
      const isFinal = error instanceof Refused && !PASSING.has(error.status);
      if (signal.aborted || isFinal || attempt >= delays.length) throw error;
    }
    await pause(delays[attempt], signal);
  }
};
