// Fetching that can be called off, and that tries again when the network or the server had a bad moment.
const PASSING = new Set([408, 425, 429, 500, 502, 503, 504]);

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
export const fetchBytes = async (url, signal, delays) => {
  for (let attempt = 0; ; attempt += 1) {
    signal.throwIfAborted();
    try {
      const answer = await fetch(url, { signal });
      if (answer.ok) return await answer.arrayBuffer();
      const error = new Error(`${url}: ${answer.status}`);
      error.status = answer.status;
      error.isFinal = !PASSING.has(answer.status);
      throw error;
    } catch (error) {
      if (signal.aborted || error.isFinal || attempt >= delays.length) throw error;
    }
    await pause(delays[attempt], signal);
  }
};
