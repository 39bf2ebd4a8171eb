// What every view of a session shares: deciding, undoing, building, and hearing of others.
import { api, clock, complain, el, part, Refused, say, typing } from "/static/base.js";
import { released } from "./keyed.js";

export const session = /** @type {HTMLMetaElement} */ (document.querySelector('meta[name="session"]')).content;
export const here = `/api/s/${encodeURIComponent(session)}`;
export const place = `/s/${encodeURIComponent(session)}`;
export const state = { version: "", pending: 0, job: { state: "none", number: 0 } };

const OFTEN = 1500;
const STEPS = {
  decode: "decoding the sound", activity: "finding speech", transcribe: "hearing words",
  voices: "telling voices apart", attribution: "asking who it was", themes: "finding themes",
  briefs: "writing briefs",
};
const me = part("me", HTMLInputElement);
const build = part("build", HTMLButtonElement);
const undo = part("undo", HTMLButtonElement);
const job = part("job");
let refresh = async () => {};
let last = Promise.resolve();
let strangers = 0;  // decisions of others that this page was told of
const known = new Set();  // ids of decisions made here or told of already
let started = false;
let over = 0;  // number of the last pass that ended, whether this page saw it run or not

me.value = localStorage.getItem("fgd-me") || "";
me.addEventListener("change", () => localStorage.setItem("fgd-me", me.value.trim()));

/** Name the function that loads what this view shows; it is called now and after every change. */
export async function view(load) {
  refresh = load;
  try {
    // First which version this is, then what it shows: the other way round a decision made in
    // between would count as seen, and a quick hand would decide on no version at all.
    await news();
    await load();
  } catch (problem) {
    trouble(problem);
  }
  started = true;
}

/**
 * Decide something. Resolves to whether it was written; tells the person either way. Decisions go
 * one after the other: a quick hand must not come into conflict with itself. What others decided
 * while one waited for its turn was not seen by whoever pressed the button, and counts as that.
 */
export function decide(commands, { seen = null } = {}) {
  const [version, others] = [state.version, strangers];
  return inTurn(() => write(commands, seen ?? (strangers === others ? state.version : version)));
}

/** Take back what was decided together, by default the last thing decided on this page. */
export function takeBack(wanted = null) {
  return inTurn(async () => {
    const ids = wanted || stacked().at(-1);
    if (!ids) {
      say("There is nothing of yours to take back here; older decisions are under History.");
    } else if (await write([...ids].reverse().map((decision) => ({ type: "undo", decision })), state.version, false)) {
      stack(stacked().filter((each) => each.join() !== ids.join()));
      show();
      say("Taken back.");
    }
  });
}

function inTurn(work) {
  const mine = last.then(() => work());
  last = mine.catch(() => {});
  return mine;
}

async function write(commands, seen, tell = true) {
  try {
    const told = await api("POST", `${here}/changes`, { by: me.value.trim() || "somebody", seen, commands });
    const ids = told.made.map((each) => each.id);
    for (const id of ids) known.add(id);
    if (tell && ids.length) {
      if (!commands.some((each) => each.type === "undo")) stack([...stacked(), ids].slice(-100));
      say(summary(told.made), "good", ["Undo", () => takeBack(ids)]);
    }
  } catch (problem) {
    if (!(problem instanceof Refused) || !problem.told.others) { trouble(problem); return false; }
    const { others } = problem.told;
    for (const each of others) known.add(each.id);
    const theirs = others.map((each) => `${each.by}: ${each.said}`).join("; ");
    say(`Not written: somebody else decided about this meanwhile (${theirs}). ${problem.remedy}`, "error");
    await newly();
    return false;
  }
  await newly();
  return true;
}

/** Ask what is new and show it, whatever it is. */
async function newly() {
  try {
    await news(true);
    await drawn();
  } catch (problem) { trouble(problem); }
}

async function drawn() {
  await released();
  await refresh();
}

export function trouble(problem) {
  if (problem instanceof Refused && problem.told.gone) {
    const main = part("content");
    main.replaceChildren(
      el("h1", {}, "This session is not there any more"),
      el("p.notice.error", { role: "alert" }, problem.message),
      el("p", {}, problem.remedy), el("p", {}, el("a", { href: "/" }, "To the list of sessions")),
    );
    return;
  }
  complain(problem);
}

function stacked() {
  return JSON.parse(sessionStorage.getItem(`fgd-undo-${session}`) || "[]");
}

function stack(decisions) {
  sessionStorage.setItem(`fgd-undo-${session}`, JSON.stringify(decisions));
}

function summary(made) {
  const text = made[0].said;
  return made.length > 1 ? `${text}, and ${made.length - 1} more` : text;
}

/** What happened since; `shown` says that the caller draws the view anew in any case. */
async function news(shown) {
  const told = await api("GET", `${here}/news?seen=${encodeURIComponent(state.version)}`);
  const changed = told.version !== state.version;
  const first = !started;
  state.version = told.version;
  state.pending = told.pending;
  state.job = told.job;
  show();
  const ended = !busy(told.job) && told.job.number !== over;
  if (ended) over = told.job.number;
  if (first) return;
  const others = told.others.filter((each) => !known.has(each.id));
  strangers += others.length;
  if (others.length) say(others.slice(-3).map((each) => `${each.by}: ${each.said}`).join("; "));
  if (ended && told.job.number) finished(told.job);
  if ((changed && !shown) || ended) await drawn();
}

function busy(pass) {
  return pass.state === "waiting" || pass.state === "running";
}

function show() {
  const working = busy(state.job);
  build.textContent = state.pending ? `Rebuild (${state.pending})` : "Rebuild";
  build.disabled = working;
  build.title = state.pending ? `${state.pending} decisions wait for the next build` : "The brief is up to date with every decision";
  undo.disabled = !stacked().length;
  job.hidden = !working;
  if (!working) return;
  const bar = job.querySelector("progress");
  if (state.job.total) { bar.max = state.job.total; bar.value = state.job.completed; } else bar.removeAttribute("value");
  const step = state.job.state === "waiting" ? "waiting for another session" : STEPS[state.job.step] || state.job.step || "beginning";
  const since = Math.max(0, Date.now() - state.job.since * 1000);
  job.querySelector(".step").textContent = `${step}, ${clock(since)}`;
}

function finished(pass) {
  if (pass.state === "failed") {
    const issue = pass.issues[0];
    say(issue ? `The build failed. ${issue.message} ${issue.remedy}` : "The build failed.", "error");
    return;
  }
  const look = location.pathname.endsWith("/brief") ? null : ["Look", () => location.assign(`${place}/brief`)];
  say(`Built in ${pass.seconds.toFixed(1)} s.${pass.state === "attention" ? " Something needs a person; see Set-up." : ""}`, "good", look);
}

build.addEventListener("click", async () => {
  try {
    state.job = await api("POST", `${here}/build`, {});
    show();
    setTimeout(tick, 200);
  } catch (problem) { trouble(problem); }
});
undo.addEventListener("click", () => takeBack());
part("stop", HTMLButtonElement).addEventListener("click", () => api("POST", `${here}/stop`, {}).then(() => inTurn(news)).catch(trouble));
document.addEventListener("keydown", (event) => {
  if (event.key === "u" && !typing(event)) { event.preventDefault(); takeBack(); }
});

let lost = false;
let timer = 0;
async function tick() {
  clearTimeout(timer);
  try {
    if (!document.hidden && started) await inTurn(news);
    if (lost) { lost = false; say("The server is back.", "good"); }
  } catch (problem) {
    if (!(problem instanceof Refused)) throw problem;
    if (problem.status === 0 && !lost) { lost = true; say("The server cannot be reached. What you type stays here until it is back.", "warning"); }
    if (problem.status === 410 || problem.status === 401) { trouble(problem); return; }
  }
  timer = setTimeout(tick, busy(state.job) ? 300 : OFTEN);
}
timer = setTimeout(tick, OFTEN);
