// Who decided what, and taking it back.
import { api, clock, el, part } from "/static/base.js";
import { keyed, whole } from "./keyed.js";
import { decide, here, place, view } from "./session.js";

async function load() {
  const told = await api("GET", `${here}/history`);
  const list = part("list");
  list.setAttribute("aria-busy", "false");
  whole(list, told.entries.length > 0, (any) => (any ? table() : el("p.quiet", {}, "Nothing yet.")));
  const body = list.querySelector("tbody");
  if (body) keyed(body, told.entries, (entry) => entry.id, row);
}

const table = () => el("table.history", {},
  el("thead", {}, el("tr", {}, ["When", "Who", "What", ""].map((name) => el("th", { scope: "col" }, name || el("span.unseen", {}, "Take back"))))),
  el("tbody"));

function row(entry) {
  const act = entry.undoes ? "Bring back" : "Take back";
  return el(`tr${entry.undone ? ".undone" : ""}`, {},
    el("td.number.quiet", {}, when(entry.when)), el("td", { dir: "auto" }, entry.by),
    el("td", {}, el("span", { dir: "auto" }, entry.said), entry.undone ? el("span.chip", {}, "taken back") : null,
      entry.pending ? el("span.chip.warn", {}, "waits for a build") : null,
      entry.start >= 0 ? el("a.small", { href: `${place}/transcript#${entry.recording}@${entry.start}` }, clock(entry.start)) : null),
    el("td", {}, entry.undone ? null : el("button", { "aria-label": `${act}: ${entry.said}`, onclick: () => decide([{ type: "undo", decision: entry.id }]) }, act)));
}

function when(text) {
  const day = new Date(text);
  return Number.isNaN(day.getTime()) ? text : `${day.toLocaleDateString("en-CA")} ${day.toLocaleTimeString("en-GB")}`;
}

view(load);
