// What the page fetched, each address once.
const pending = new Map();

export const load = (url) => {
  if (!pending.has(url)) {
    pending.set(
      url,
      fetch(url).then((answer) => {
        if (!answer.ok) throw new Error(`${url}: ${answer.status}`);
        return answer.json();
      }),
    );
  }
  return pending.get(url);
};
