// What every view of a session shares: deciding, undoing, building, and hearing of others.
import { api, clock, complain, el, Refused, say, typing } from "/static/web/base.js";

export const session = document.querySelector('meta[name="session"]').content;
export const here = `/api/s/${encodeURIComponent(session)}`;
export const place = `/s/${encodeURIComponent(session)}`;
export const state = { version: "", pending: 0, job: { state: "none", number: 0 } };

const OFTEN = 1500;
const STEPS = {
  decode: "decoding the sound", activity: "finding speech", transcribe: "hearing words",
  voices: "telling voices apart", attribution: "asking who it was", themes: "finding themes",
  briefs: "writing briefs",
};
const me = document.getElementById("me");
const build = document.getElementById("build");
const undo = document.getElementById("undo");
const job = document.getElementById("job");
let refresh = async () => {};
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

/** Decide something. Resolves to whether it was written; tells the person either way. */
export async function decide(commands, { seen = state.version, quiet = false } = {}) {
  try {
    const told = await api("POST", `${here}/changes`, { by: me.value.trim() || "somebody", seen, commands });
    const ids = told.made.map((each) => each.id);
    if (ids.length && !commands.some((each) => each.type === "undo")) remember(ids);
    if (!quiet && ids.length) say(summary(told.made), "good", ["Undo", () => takeBack(ids)]);
    await news(true);
    await refresh();
    return true;
  } catch (problem) {
    if (problem instanceof Refused && problem.told.others) {
      const theirs = problem.told.others.map((each) => `${each.by}: ${each.said}`).join("; ");
      say(`Not written: somebody else decided about this meanwhile (${theirs}). ${problem.remedy}`, "error");
      await news(true);
      await refresh();
    } else {
      trouble(problem);
    }
    return false;
  }
}

/** Take back what was decided together, by default the last thing decided on this page. */
export async function takeBack(wanted = null) {
  const before = stacked();
  const ids = wanted || before.at(-1);
  const stack = before.filter((each) => each.join() !== ids?.join());
  if (!ids) {
    say("There is nothing of yours to take back here; older decisions are under History.");
    return;
  }
  sessionStorage.setItem(`fgd-undo-${session}`, JSON.stringify(stack));
  await decide([...ids].reverse().map((decision) => ({ type: "undo", decision })), { quiet: true });
  say("Taken back.");
}

export function trouble(problem) {
  if (problem instanceof Refused && problem.told.gone) {
    const main = document.getElementById("content");
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

function remember(ids) {
  const stack = [...stacked(), ids].slice(-100);
  sessionStorage.setItem(`fgd-undo-${session}`, JSON.stringify(stack));
}

function summary(made) {
  const text = made[0].said;
  return made.length > 1 ? `${text}, and ${made.length - 1} more` : text;
}

async function news(quiet = false) {
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
  if (changed && told.others.length && !quiet) {
    say(told.others.slice(-3).map((each) => `${each.by}: ${each.said}`).join("; "));
  }
  if (ended && told.job.number) finished(told.job);
  if ((changed && !quiet) || ended) await refresh();
}

function busy(job) {
  return job.state === "waiting" || job.state === "running";
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

function finished(job) {
  if (job.state === "failed") {
    const issue = job.issues[0];
    say(issue ? `The build failed. ${issue.message} ${issue.remedy}` : "The build failed.", "error");
    return;
  }
  const look = location.pathname.endsWith("/brief") ? null : ["Look", () => location.assign(`${place}/brief`)];
  say(`Built in ${job.seconds.toFixed(1)} s.${job.state === "attention" ? " Something needs a person; see Set-up." : ""}`, "good", look);
}

build.addEventListener("click", async () => {
  try {
    state.job = await api("POST", `${here}/build`, {});
    show();
    setTimeout(tick, 200);
  } catch (problem) { trouble(problem); }
});
undo.addEventListener("click", () => takeBack());
document.getElementById("stop").addEventListener("click", () => api("POST", `${here}/stop`, {}).then(() => news(true), trouble));
document.addEventListener("keydown", (event) => {
  if (event.key === "u" && !typing(event)) { event.preventDefault(); takeBack(); }
});

let lost = false;
let timer = 0;
async function tick() {
  clearTimeout(timer);
  try {
    if (!document.hidden && started) await news();
    if (lost) { lost = false; say("The server is back.", "good"); }
  } catch (problem) {
    if (!(problem instanceof Refused)) throw problem;
    if (problem.status === 0 && !lost) { lost = true; say("The server cannot be reached. What you type stays here until it is back.", "warning"); }
    if (problem.status === 410 || problem.status === 401) { trouble(problem); return; }
  }
  timer = setTimeout(tick, busy(state.job) ? 300 : OFTEN);
}
timer = setTimeout(tick, OFTEN);
