// The note-taker's page. Every tap is on this device before it is sent, and stays until the server
// says that it is on its disk. What is shown is made from the taps alone, here, so that it works
// while the server is away.
import { all, api, clock, complain, el, part, Refused, say } from "/static/base.js";

let session = { id: "", people: [], sections: [] };
let entries = [];
let known = new Set();
let drift = 0;
let asked = null;
let sending = false;
let openSection = "";
let drawn = "";

const key = (name) => `fgd.live.${session.id}.${name}`;
const load = (name, otherwise) => {
  try { return JSON.parse(localStorage.getItem(key(name))) ?? otherwise; } catch { return otherwise; }
};
const store = (name, value) => localStorage.setItem(key(name), JSON.stringify(value));
const now = () => Date.now() + drift;

function fresh() {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return `${Date.now().toString(36)}-${[...bytes].map((b) => b.toString(16).padStart(2, "0")).join("")}`;
}

// -- taps that wait: one key each, so that two windows never overwrite each other ----------------

function waiting() {
  const found = [];
  for (let n = 0; n < localStorage.length; n += 1) {
    const name = localStorage.key(n);
    if (!name.startsWith(key("tap."))) continue;
    try { found.push(JSON.parse(localStorage.getItem(name))); } catch { localStorage.removeItem(name); }
  }
  return found.sort((a, b) => a.wall + a.drift - b.wall - b.drift || (a.id < b.id ? -1 : 1));
}

// Taps of one device keep their order, also within a millisecond or when its clock is set anew.
const SETTLED = 5000;

function tap(given) {
  const wall = Date.now(), before = load("last", 0);
  const moment = before >= wall + drift && before < wall + drift + SETTLED ? before + 1 : wall + drift;
  const made = { id: fresh(), wall, drift: moment - wall, ...given };
  try {
    store(`tap.${made.id}`, made);
    store("last", moment);
  } catch {
    say("This device has no room left to keep taps. Free some space.", "error");
    return;
  }
  draw();
  send();
}

async function send() {
  if (sending) return;
  sending = true;
  try {
    for (let batch = waiting().slice(0, 200); batch.length; batch = waiting().slice(0, 200)) {
      const answer = await api("POST", "/api/taps", { by: load("by", ""), taps: batch });
      for (const tapped of batch) {
        if (!answer.ids.includes(tapped.id)) continue;
        if (!known.has(tapped.id)) keep([{ ...tapped, ms: tapped.wall + tapped.drift, by: load("by", "") }]);
        store("entries", entries);
        localStorage.removeItem(key(`tap.${tapped.id}`));
      }
      if (batch.every((tapped) => !answer.ids.includes(tapped.id))) break;
    }
  } catch (problem) {
    if (!(problem instanceof Refused)) throw problem;
    if (problem.status === 401) asked = "closed";
    else if (problem.status) complain(problem);
    else asked = "away";
  } finally {
    sending = false;
  }
}

function keep(found) {
  for (const entry of found) {
    if (known.has(entry.id)) entries = entries.filter((each) => each.id !== entry.id);
    known.add(entry.id);
    entries.push(entry);
  }
}

async function look() {
  try {
    const before = Date.now();
    const news = await api("GET", `/api/log?after=${load("count", 0)}`);
    drift = news.now - Math.round((before + Date.now()) / 2);
    store("drift", drift);
    if (news.count < load("count", 0)) { entries = []; known = new Set(); store("count", 0); asked = null; return; }
    keep(news.entries);
    if (news.entries.length) store("entries", entries);
    store("count", news.count);
    asked = news.issues.length ? news.issues.map((each) => `${each.where}: ${each.message} ${each.remedy}`).join(" ") : "";
    await send();
  } catch (problem) {
    asked = problem instanceof Refused && problem.status === 401 ? "closed" : "away";
  }
  draw();
}

// -- what the taps mean --------------------------------------------------------------------------

function state() {
  const mine = waiting().filter((each) => !known.has(each.id)).map((each) => ({ ...each, ms: each.wall + each.drift, waits: true }));
  const taps = [...entries, ...mine];
  const undone = new Set(taps.filter((each) => each.kind === "undo").map((each) => each.target));
  const kept = taps.filter((each) => each.kind !== "undo" && !undone.has(each.id)).sort((a, b) => a.ms - b.ms || (a.id < b.id ? -1 : 1));
  // A rehearsal the day before is not part of this sitting.
  let from = 0;
  kept.forEach((each, n) => { if (n && each.ms - kept[n - 1].ms > 6 * 3600e3) from = n; });
  const sitting = kept.slice(from);
  const s = { log: sitting, people: [...session.people], held: new Map(), spent: new Map(), probes: new Map(), injects: new Set(), holder: null, since: 0, section: "", sectionSince: 0, begun: 0, recorder: 0, decisions: 0 };
  const close = (at) => { if (s.holder) s.held.set(s.holder, (s.held.get(s.holder) || 0) + at - s.since); };
  const leave = (at) => { if (s.section) s.spent.set(s.section, (s.spent.get(s.section) || 0) + at - s.sectionSince); };
  for (const each of sitting) {
    s.begun = s.begun || each.ms;
    if (each.kind === "person" && !s.people.some((p) => p.name === each.label)) {
      s.people.push({ id: each.person, name: each.label, role: each.role, code: "+", institution: each.institution, category: "" });
    } else if (each.kind === "floor" && each.label !== s.holder) { close(each.ms); s.holder = each.label; s.since = each.ms; }
    else if (each.kind === "pause") { close(each.ms); s.holder = null; }
    else if (each.kind === "section" && each.section !== s.section) { leave(each.ms); s.section = each.section; s.sectionSince = each.ms; }
    else if (each.kind === "probe") s.probes.set(`${each.section}/${each.number}`, each.id);
    else if (each.kind === "inject") s.injects.add(each.section);
    else if (each.kind === "recording") s.recorder = s.recorder || each.ms;
  }
  const end = now();
  s.heldNow = (name) => (s.held.get(name) || 0) + (s.holder === name ? end - s.since : 0);
  s.spentNow = (id) => (s.spent.get(id) || 0) + (s.section === id ? end - s.sectionSince : 0);
  return s;
}

const minutes = (ms) => `${Math.floor(ms / 60000)}:${String(Math.floor(ms / 1000) % 60).padStart(2, "0")}`;

function told(each) {
  const section = session.sections.find((s) => s.id === each.section);
  return {
    floor: each.label, pause: "nobody has the floor", section: `section: ${section?.title ?? each.section}`,
    probe: `probe put: ${section?.probes[each.number] ?? ""}`, note: `note: ${each.text}`, decision: `decision: ${each.text}`,
    inject: `inject delivered: ${section?.title ?? each.text}`, person: `added: ${each.label}`, recording: "recorder on",
  }[each.kind] ?? each.kind;
}

// -- the page ------------------------------------------------------------------------------------

function draw() {
  const s = state();
  const facilitating = (p) => p.role === "facilitator" || p.role === "observer";
  const most = Math.max(60e3, ...s.people.map((p) => s.heldNow(p.name)));
  part("holder").textContent = s.holder ?? "nobody";
  part("held").textContent = s.holder ? minutes(now() - s.since) : "";
  part("elapsed").textContent = s.begun ? clock(Math.max(0, now() - (s.recorder || s.begun))) : "0:00:00";
  part("recording", HTMLButtonElement).hidden = Boolean(s.recorder);
  part("by").textContent = load("by", "");
  const queue = waiting().length;
  const link = asked === "closed" ? "door closed: open the link again" : asked === "away" ? `server away · ${queue} kept here` : asked ? "see message" : queue ? `${queue} on the way` : "all saved";
  part("link").textContent = link;
  part("link").className = asked === "away" || asked === "closed" || asked ? "away" : "";
  part("link").title = asked && asked !== "away" && asked !== "closed" ? asked : "";
  // Buttons are made anew only when something other than the clock changed: a finger may be down.
  const shape = JSON.stringify([s.people, s.holder, s.section, openSection, [...s.probes.keys()], [...s.injects], s.log.slice(-6).map((e) => [e.id, e.waits]), s.people.map((p) => s.heldNow(p.name) > 0)]);
  if (shape !== drawn) { drawn = shape; shapes(s); }
  for (const button of all(part("people"), ":scope > button")) {
    const ms = s.heldNow(button.dataset.name);
    button.querySelector(".time").textContent = ms ? minutes(ms) : "not yet";
    all(button, "i")[0].style.width = `${Math.round((100 * ms) / most)}%`;
  }
  for (const item of all(part("sections"), ":scope > li")) {
    const section = session.sections.find((each) => each.id === item.dataset.id);
    const spent = s.spentNow(section.id);
    const time = item.querySelector(".time");
    time.textContent = `${minutes(spent)} / ${section.minutes ? `${section.minutes} min` : "–"}`;
    time.classList.toggle("over", Boolean(section.minutes) && spent > section.minutes * 60e3);
  }
  if (part("balance", HTMLDetailsElement).open) bars(s, facilitating);
}

function shapes(s) {
  part("people").replaceChildren(...s.people.map((p) => el(`button${s.heldNow(p.name) ? "" : ".unheard"}`, {
    "aria-pressed": s.holder === p.name ? "true" : "false", "data-name": p.name,
    onclick: () => { if (state().holder !== p.name) tap({ kind: "floor", person: p.id, label: p.name }); },
  }, el("b", { dir: "auto" }, p.name), el("span", {},
    el("small", {}, el("span", { dir: "auto" }, p.institution || p.role), el("span.time.number")),
    el("span.meter", { "aria-hidden": "true" }, el("i"))))));
  part("sections").replaceChildren(...session.sections.map((section, n) => {
    const done = section.probes.filter((_, k) => s.probes.has(`${section.id}/${k}`)).length;
    const shown = section.id === s.section || section.id === openSection;
    const head = el("button.open", { "aria-current": section.id === s.section ? "true" : "false",
      onclick: () => { openSection = section.id; if (state().section !== section.id) tap({ kind: "section", section: section.id }); else draw(); } },
    el("span", { dir: "auto" }, `${n + 1}. ${section.title}`),
    el("span.number.small", {}, el("span.time"), section.probes.length ? ` · ${done}/${section.probes.length}` : ""));
    const probes = section.probes.map((probe, k) => {
      const at = s.probes.get(`${section.id}/${k}`);
      return el("li", {}, el(`label${at ? ".asked" : ""}`, {}, el("input", { type: "checkbox", checked: Boolean(at),
        onchange: () => tap(at ? { kind: "undo", target: at } : { kind: "probe", section: section.id, number: k }) }), el("span", { dir: "auto" }, probe)));
    });
    const inject = section.kind === "exercise inject" && !s.injects.has(section.id)
      ? el("li", {}, el("button", { onclick: () => tap({ kind: "inject", section: section.id }) }, "Inject delivered")) : null;
    return el("li", { "data-id": section.id }, head, shown && (probes.length || inject) ? el("ul", {}, inject, ...probes) : null);
  }));
  part("last").replaceChildren(...s.log.slice(-6).reverse().map((each) => el("li", {},
    el("span.number.quiet", {}, new Date(each.ms).toTimeString().slice(0, 8)),
    el(`span.what${each.waits ? ".waiting" : ""}`, { dir: "auto", title: told(each) }, told(each)),
    el("button.plain", { onclick: () => tap({ kind: "undo", target: each.id }), "aria-label": `Take back: ${told(each)}` }, "Undo"))));
}

function bars(s, facilitating) {
  const rows = [];
  const speakers = s.people.filter((p) => !facilitating(p));
  for (const [title, field] of [["By institution", "institution"], ["By category", "category"]]) {
    const sums = new Map();
    for (const p of speakers) sums.set(p[field] || "not given", (sums.get(p[field] || "not given") || 0) + s.heldNow(p.name));
    const total = [...sums.values()].reduce((a, b) => a + b, 0) || 1;
    rows.push(el("h3", {}, title));
    for (const [name, ms] of [...sums].sort((a, b) => b[1] - a[1])) {
      const fill = el("i");
      fill.style.width = `${Math.round((100 * ms) / total)}%`;
      rows.push(el("span", { dir: "auto" }, name), el("span.meter", { "aria-hidden": "true" }, fill), el("span.number", {}, ms ? `${minutes(ms)} · ${Math.round((100 * ms) / total)} %` : "not yet"));
    }
  }
  part("bars").replaceChildren(...rows);
}

function ask() {
  part("initials", HTMLInputElement).value = load("by", "");
  part("taker", HTMLDialogElement).showModal();
}

async function begin() {
  try {
    session = await api("GET", "/api/session");
  } catch (problem) {
    complain(problem);
    setTimeout(begin, 3000);
    return;
  }
  entries = load("entries", []);
  known = new Set(entries.map((each) => each.id));
  drift = load("drift", 0);
  store("count", 0);
  if (!load("by", "")) ask();
  draw();
  look();
  setInterval(look, 2000);
  setInterval(draw, 1000);
  window.addEventListener("online", look);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) { look(); awake(); } });
  awake();
  navigator.storage?.persist?.();
  navigator.serviceWorker?.register("/sw.js").catch(() => {});
}

async function awake() {
  try { await navigator.wakeLock?.request("screen"); } catch { /* not allowed; the screen may sleep */ }
}

part("pause", HTMLButtonElement).addEventListener("click", () => { if (state().holder) tap({ kind: "pause" }); });
part("recording", HTMLButtonElement).addEventListener("click", () => tap({ kind: "recording" }));
part("who", HTMLButtonElement).addEventListener("click", ask);
part("taker", HTMLDialogElement).addEventListener("close", () => { const by = part("initials", HTMLInputElement).value.trim(); if (by) store("by", by); draw(); });
part("balance", HTMLDetailsElement).addEventListener("toggle", draw);
part("add", HTMLButtonElement).addEventListener("click", () => { part("newname", HTMLInputElement).value = part("newbody", HTMLInputElement).value = ""; part("somebody", HTMLDialogElement).showModal(); });
part("somebody", HTMLDialogElement).addEventListener("close", () => {
  const name = part("newname", HTMLInputElement).value.trim().replace(/\s+/g, " ");
  if (part("somebody", HTMLDialogElement).returnValue !== "add" || !name) return;
  const person = `added-${fresh()}`;
  if (!state().people.some((p) => p.name === name)) tap({ kind: "person", person, label: name, institution: part("newbody", HTMLInputElement).value.trim(), role: part("newrole", HTMLSelectElement).value });
  tap({ kind: "floor", person, label: name });
});
part("note").addEventListener("submit", (event) => {
  event.preventDefault();
  const text = part("text", HTMLInputElement).value.trim();
  if (!text) return;
  tap({ kind: (event.submitter instanceof HTMLButtonElement && event.submitter.value) || "note", text });
  part("text", HTMLInputElement).value = "";
});
begin();
