// The plan of routes as the server has it, and how far the work on it is. Nothing here draws.
const POLL_MS = 350;
/** @type {Set<(routes: RoutesModel) => void>} */
const listeners = new Set();

/** @type {RoutesModel} */
export const routes = { start: null, status: "", share: 0, message: "", canUndo: false, plan: null, team: "", shown: true, saying: "" };

/** @type {(listener: (routes: RoutesModel) => void) => void} */
export const onRoutes = (listener) => listeners.add(listener);

/** @type {(part?: Partial<RoutesModel>) => void} */
export const tell = (part = {}) => {
  Object.assign(routes, part);
  for (const listener of listeners) listener(routes);
};

export const isUnderway = () => ["waiting", "running"].includes(routes.status);

// The panel is drawn only after its beginning has arrived.
export const started = () => {
  if (!routes.start) throw new Error("the panel of routes has not begun");
  return routes.start;
};

/**
 * @template T
 * @param {Address<T>} name
 * @param {RequestInit} [request]
 * @returns {Promise<Answer<T>>}
 */
const answered = async (name, request) => {
  const answer = await fetch(`routes/${name}`, { cache: "no-store", ...request });
  if (answer.status === 403) location.reload();
  const value = await answer.json().catch(() => ({}));
  return { ok: answer.ok, status: answer.status, value };
};

/** @type {(name: Address<PlanStateValues>, body: unknown) => Promise<Answer<PlanStateValues>>} */
const post = (name, body) =>
  answered(name, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
/** @type {(query?: string) => Promise<Answer<PlanStateValues>>} */
const planNow = (query = "") => answered(`plan.json${query}`);
/** @type {Address<RoutesStart>} */
const START = "start.json";

/** @type {(answer: Answer<PlanStateValues>) => void} */
const take = ({ ok, value }) => {
  if (!ok) return;
  const { status, share, message, canUndo, plan, version } = value;
  tell({ status, share, message, canUndo, plan: version ? (plan ?? routes.plan) : null });
};

const poll = async () => {
  take(await planNow(`?have=${routes.plan?.version ?? ""}`));
  if (isUnderway()) setTimeout(poll, POLL_MS);
};

// What the panel begins with; asked again when the desk's figures are renewed, as the clock has moved on.
export const load = async () => {
  const [first] = await Promise.all([answered(START), routes.start ? null : poll()]);
  if (first.ok) tell({ start: first.value });
};

// Ask for work; what cannot be asked is said in the panel. `saying`: which sentence tells that it is done.
/** @type {(name: string, body: unknown, saying: string) => Promise<void>} */
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
  const { ok, value } = await planNow();
  if (ok) tell({ plan: value.plan, canUndo: value.canUndo });
};

/** @type {(ask: unknown, seconds: number) => Promise<void>} */
export const plan = (ask, seconds) => work("plan.json", { ask, seconds }, "done");
/** @type {(changes: PlanChange[]) => Promise<void>} */
export const change = (changes) => work("change.json", { base: routes.plan?.version, changes, now: routes.start?.now }, "changed");
export const cancel = async () => take(await post("cancel.json", {}));
export const undo = async () => {
  take(await post("undo.json", {}));
  tell({ saying: "done", status: "done" });
};
/** @type {(team: string) => Promise<NextOrWhy>} */
export const nextBest = async (team) => {
  /** @type {Address<NextStationList>} */
  const address = `next.json?team=${encodeURIComponent(team)}`;
  const { ok, value } = await answered(address);
  return ok ? value : { rows: [], message: value.message ?? "" };
};
