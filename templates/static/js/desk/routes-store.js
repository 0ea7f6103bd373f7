// The plan of routes as the server has it, and how far the work on it is. Nothing here draws.
const POLL_MS = 350;
const listeners = new Set();

export const routes = { start: null, status: "", share: 0, message: "", canUndo: false, plan: null, team: "", shown: true, saying: "" };

export const onRoutes = (listener) => listeners.add(listener);

export const tell = (part = {}) => {
  Object.assign(routes, part);
  for (const listener of listeners) listener(routes);
};

export const isUnderway = () => ["waiting", "running"].includes(routes.status);

const answered = async (asked) => {
  const answer = await asked;
  if (answer.status === 403) location.reload();
  const value = await answer.json().catch(() => ({}));
  return { ok: answer.ok, status: answer.status, value };
};

const get = (name) => answered(fetch(`routes/${name}`, { cache: "no-store" }));
const post = (name, body) => answered(fetch(`routes/${name}`, { method: "POST", cache: "no-store", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) }));

const take = ({ ok, value }) => {
  if (!ok) return;
  const { status, share, message, canUndo, plan, version } = value;
  tell({ status, share, message, canUndo, plan: version ? (plan ?? routes.plan) : null });
};

const poll = async () => {
  take(await get(`plan.json?have=${routes.plan?.version ?? ""}`));
  if (isUnderway()) setTimeout(poll, POLL_MS);
};

// What the panel begins with; asked again when the desk's figures are renewed, as the clock has moved on.
export const load = async () => {
  const [first] = await Promise.all([get("start.json"), routes.start ? null : poll()]);
  if (first.ok) tell({ start: first.value });
};

// Ask for work; what cannot be asked is said in the panel. `saying`: which sentence tells that it is done.
const work = async (name, body, saying) => {
  tell({ status: "waiting", share: 0, message: "", saying });
  const answer = await post(name, body);
  if (answer.ok) {
    take(answer);
    if (isUnderway()) await poll();
    return;
  }
  tell({ status: "failed", message: answer.value.busy ? "busy" : (answer.value.message ?? String(answer.status)) });
  await pollQuietly();
};

// After a refusal: the newest plan there is, without losing why.
const pollQuietly = async () => {
  const { ok, value } = await get("plan.json");
  if (ok) tell({ plan: value.plan, canUndo: value.canUndo });
};

export const plan = (ask, seconds) => work("plan.json", { ask, seconds }, "done");
export const change = (changes) => work("change.json", { base: routes.plan.version, changes, now: routes.start.now }, "changed");
export const cancel = async () => take(await post("cancel.json", {}));
export const undo = async () => {
  take(await post("undo.json", {}));
  tell({ saying: "done", status: "done" });
};
export const nextBest = async (team) => {
  const { ok, value } = await get(`next.json?team=${encodeURIComponent(team)}`);
  return ok ? value : { rows: [], message: value.message ?? "" };
};
