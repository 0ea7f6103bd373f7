// The plan of routes as the server has it, and how far the work on it is. Nothing here draws.
import { model } from "./desk-model.js";
import { NotAllowed, closed } from "./desk-resources.js";

const POLL_MS = 350;
const SELDOM_MS = 10_000;
/** @type {Set<(routes: RoutesModel) => void>} */
const listeners = new Set();

/** @type {RoutesModel} */
export const routes = {
  start: null,
  status: "",
  share: 0,
  message: "",
  canUndo: false,
  plan: null,
  team: "",
  shown: true,
  saying: "",
  isClosed: false,
};

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
  if (answer.status === 403) return closed(name);
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

// While work goes on the server is asked how far it is; a line that was lost is tried again, ever more rarely.
/** @type {(wait?: number) => Promise<void>} */
const poll = async (wait = POLL_MS) => {
  let next = POLL_MS;
  try {
    take(await planNow(`?have=${routes.plan?.version ?? ""}`));
  } catch (error) {
    console.warn(error);
    next = Math.min(2 * wait, SELDOM_MS);
  }
  if (isUnderway()) setTimeout(poll, next, next);
};

// What the panel begins with; asked again when the desk's figures are renewed, as the clock has moved on.
// Who may not see routes is told so by the panel; a line that was lost is thrown.
export const load = async () => {
  try {
    const [first] = await Promise.all([answered(START), routes.start ? null : poll()]);
    if (first.ok) tell({ start: first.value });
  } catch (error) {
    if (!(error instanceof NotAllowed)) throw error;
    tell({ isClosed: true });
  }
};

// Ask for work; what cannot be asked is said in the panel. `saying`: which sentence tells that it is done.
/** @type {(name: string, body: unknown, saying: string) => Promise<void>} */
const work = async (name, body, saying) => {
  tell({ status: "waiting", share: 0, message: "", saying });
  const answer = await post(name, body).catch(unsent);
  if (answer.ok) {
    take(answer);
    if (isUnderway()) await poll();
    return;
  }
  tell({ status: "failed", message: answer.value.busy ? "busy" : (answer.value.message ?? String(answer.status)) });
  await pollQuietly();
};

// What did not reach the server, or may not be asked by this role, is said like any refusal.
/** @type {(error: unknown) => { ok: false; status: 0; value: { message: string; busy?: boolean } }} */
const unsent = (error) => {
  console.warn(error);
  const { notYours, lineLost } = model.start.words;
  return { ok: false, status: 0, value: { message: error instanceof NotAllowed ? notYours : lineLost } };
};

// After a refusal: the newest plan there is, without losing why.
const pollQuietly = async () => {
  const { ok, value } = await planNow().catch(unsent);
  if (ok) tell({ plan: value.plan, canUndo: value.canUndo });
};

/** @type {(ask: unknown, seconds: number) => Promise<void>} */
export const plan = (ask, seconds) => work("plan.json", { ask, seconds }, "done");
/** @type {(changes: PlanChange[]) => Promise<void>} */
export const change = (changes) => work("change.json", { base: routes.plan?.version, changes, now: routes.start?.now }, "changed");
export const cancel = async () => take(await post("cancel.json", {}).catch(unsent));
export const undo = async () => {
  const answer = await post("undo.json", {}).catch(unsent);
  take(answer);
  tell(answer.ok ? { saying: "done", status: "done" } : { status: "failed", message: answer.value.message ?? String(answer.status) });
};
/** @type {(team: string) => Promise<NextOrWhy>} */
export const nextBest = async (team) => {
  /** @type {Address<NextStationList>} */
  const address = `next.json?team=${encodeURIComponent(team)}`;
  const { ok, value } = await answered(address).catch(unsent);
  return ok ? value : { rows: [], message: value.message ?? "" };
};
