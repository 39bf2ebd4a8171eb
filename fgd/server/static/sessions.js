// The list of sessions, and a new one by dropping files.
import { api, complain, el, part, Refused } from "/static/base.js";
import { choices, drops, problems, purpose, sendAll } from "./files.js";

const STATES = {
  new: ["not built yet", ""], stale: ["decisions wait for a build", "warn"],
  attention: ["needs a person", "bad"], done: ["up to date", "good"],
};
let chosen = [];

async function load() {
  const told = await api("GET", "/api/sessions");
  part("strays").replaceChildren(...problems(told.issues.filter((issue) => issue.level !== "note")));
  const list = part("list");
  if (!told.sessions.length) {
    list.replaceChildren(el("p.quiet", {}, "There is no session yet."));
  } else {
    const rows = told.sessions.map((each) => row(each));
    list.replaceChildren(el("table.sessions", {},
      el("thead", {}, el("tr", {}, ["Session", "State", "Voices", "To look at", "Problems"].map((name) => el("th", { scope: "col" }, name)))),
      el("tbody", {}, rows)));
    await Promise.all(told.sessions.map((each, number) => fill(each, rows[number])));
  }
  list.setAttribute("aria-busy", "false");
}

function row(each) {
  return el("tr", {}, el("th", { scope: "row" }, el("a", { href: `/s/${encodeURIComponent(each.id)}`, dir: "auto" }, each.name)),
    el("td", { colspan: 4 }, el("span.quiet", {}, "…")));
}

async function fill(each, line) {
  let told;
  try { told = await api("GET", `/api/s/${encodeURIComponent(each.id)}/overview`); } catch (problem) {
    line.lastChild.replaceChildren(el("span.chip.bad", {}, problem instanceof Refused ? problem.message : String(problem)));
    return;
  }
  const running = told.job.state === "running" || told.job.state === "waiting";
  const [text, look] = running ? ["being built", "blue"] : STATES[told.state];
  const href = `/s/${encodeURIComponent(each.id)}`;
  const count = (level) => told.issues.filter((issue) => issue.level === level).length;
  line.replaceChildren(
    el("th", { scope: "row" }, el("a", { href, dir: "auto" }, told.title || each.name), el("div.quiet.small", {}, [told.date, each.id].filter(Boolean).join(" · "))),
    el("td", {}, el(`span.chip${look ? `.${look}` : ""}`, {}, text), told.pending ? el("div.quiet.small", {}, `${told.pending} decisions`) : null),
    el("td.number", {}, told.voices ? [`${told.voices - told.unknown} of ${told.voices} named`] : "–"),
    el("td.number", {}, told.turns ? el("a", { href: `${href}/transcript` }, `${told.doubtful} of ${told.turns} turns`) : "–"),
    el("td", {}, el("a", { href: `${href}/setup` }, tally(count("error"), count("warning")))),
  );
}

function tally(errors, warnings) {
  const parts = [];
  if (errors) parts.push(`${errors} ${errors === 1 ? "error" : "errors"}`);
  if (warnings) parts.push(`${warnings} ${warnings === 1 ? "warning" : "warnings"}`);
  return parts.join(", ") || "none";
}

function begin(files) {
  chosen = files.map((file) => [file, purpose(file.name)]);
  const first = chosen.find(([, kind]) => kind === "recording");
  if (first && !part("title", HTMLInputElement).value) part("title", HTMLInputElement).value = first[0].name.replace(/\.[^.]+$/, "").replace(/[_-]+/g, " ");
  part("files").replaceChildren(chosen.length ? choices(chosen) : "");
  part("sending").replaceChildren();
  if (!part("form", HTMLDialogElement).open) part("form", HTMLDialogElement).showModal();
  part("title", HTMLInputElement).focus();
}

part("form", HTMLDialogElement).querySelector("form").addEventListener("submit", async (event) => {
  event.preventDefault();
  part("create", HTMLButtonElement).disabled = true;
  try {
    const made = await api("POST", "/api/sessions", {
      title: part("title", HTMLInputElement).value, date: part("date", HTMLInputElement).value, rule: part("rule", HTMLSelectElement).value, consent: part("consent", HTMLInputElement).checked,
      languages: part("languages", HTMLInputElement).value.split(/[,;]/).map((each) => each.trim()).filter(Boolean),
    });
    const arrived = await sendAll(made.id, chosen, part("sending"));
    if (arrived === chosen.length) location.assign(`/s/${encodeURIComponent(made.id)}/setup`);
    else part("sending").append(el("a.button.main", { href: `/s/${encodeURIComponent(made.id)}/setup` }, "Go on with what arrived"));
  } catch (problem) { complain(problem); part("create", HTMLButtonElement).disabled = false; }
});
part("cancel", HTMLButtonElement).addEventListener("click", () => { part("form", HTMLDialogElement).close(); part("title", HTMLInputElement).value = ""; part("create", HTMLButtonElement).disabled = false; });
part("new", HTMLButtonElement).addEventListener("click", () => begin([]));
drops(part("drop"), part("pick", HTMLInputElement), begin);
load().catch(complain);
