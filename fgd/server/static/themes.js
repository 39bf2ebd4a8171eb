// Themes as a tree: name, merge, accept, reject, and the passages each rests on.
import { all, api, clock, el, part, say, typing } from "/static/base.js";
import { keyed, whole } from "./keyed.js";
import { decide, here, place, state, view } from "./session.js";

const tree = part("tree");
const box = part("theme");
const ORIGINS = { guide: "from the guide", library: "from the codebook", emergent: "came up by itself", person: "made by a person" };
let told = { themes: [] };
let order = [];
const picked = new Set();
let current = decodeURIComponent(location.hash.slice(1));

async function load() {
  told = await api("GET", `${here}/themes`);
  state.version = told.version;
  part("waits").replaceChildren(told.waits ? el("p.notice.warning", {}, "A decision about themes was taken back; press Rebuild to see what that changes.") : "");
  order = arranged();
  if (!order.some(([theme]) => theme.id === current)) current = (order.find(([theme]) => theme.coded) || order[0])?.[0].id || "";
  whole(tree, order.length > 0, (any) => (any ? el("ul") : el("p.quiet", {}, "No theme yet: press Rebuild.")));
  if (order.length) keyed(tree.firstChild, order.map(([theme, depth]) => [{ ...theme, passages: [] }, depth]), ([theme]) => theme.id, item);
  tree.setAttribute("aria-busy", "false");
  show();
}

/** Themes with anything under them first, by how often they were coded, each under its parent. */
function arranged() {
  const ids = new Set(told.themes.map((theme) => theme.id));
  const under = Map.groupBy(told.themes, (theme) => (ids.has(theme.parent) ? theme.parent : ""));
  const weight = (theme) => theme.coded + (under.get(theme.id) || []).reduce((sum, each) => sum + weight(each), 0);
  const walk = (parent, depth) => (under.get(parent) || []).toSorted((a, b) => weight(b) - weight(a)).filter((theme) => weight(theme) || theme.origin !== "library")
    .flatMap((theme) => [[theme, depth], ...walk(theme.id, depth + 1)]);
  return walk("", 0);
}

function item([theme, depth]) {
  return el(`li.depth-${Math.min(depth, 4)}`, {}, el("button", { "data-theme": theme.id, onclick: () => choose(theme.id) },
    el("span", { dir: "auto" }, theme.name), theme.accepted && theme.accepted === theme.coded ? el("span.chip.good", {}, "right") : null,
    theme.locked ? el("span.chip.blue", {}, "complete") : null, theme.unstable ? el("span.chip.warn", {}, "unstable") : null,
    el("span.number.quiet", {}, String(theme.coded))));
}

const boxes = () => /** @type {HTMLInputElement[]} */ (all(box, "[data-turn]"));

function choose(id) {
  current = id;
  picked.clear();
  for (const each of boxes()) each.checked = false;
  history.replaceState(null, "", `#${encodeURIComponent(id)}`);
  show();
  tree.querySelector(`[data-theme="${CSS.escape(id)}"]`)?.scrollIntoView({ block: "nearest" });
}

function show() {
  for (const button of tree.querySelectorAll("button")) {
    if (button.dataset.theme === current) button.setAttribute("aria-current", "true"); else button.removeAttribute("aria-current");
  }
  const theme = told.themes.find((each) => each.id === current);
  if (!theme) { box.replaceChildren(); return; }
  const others = order.map(([each]) => each).filter((each) => each.id !== theme.id);
  whole(box, { theme, others: others.map(({ id, name }) => ({ id, name })) }, detail);
}

/** The chosen theme with its passages; `others` are those it can be merged with or put under. */
function detail({ theme, others }) {
  const field = el("input", { id: "name", maxlength: 200, dir: "auto", value: theme.name, "aria-label": "Name of the theme" });
  const rename = () => { const name = field.value.trim(); if (name && name !== theme.name) decide([{ type: "rename-theme", theme: theme.id, name }]); };
  field.addEventListener("keydown", (event) => { if (event.key === "Enter") { event.preventDefault(); field.blur(); } if (event.key === "Escape") { field.value = theme.name; field.blur(); } });
  field.addEventListener("change", rename);
  const pick = (label, first, take, top) => {
    const select = el("select", { "aria-label": label, onchange: () => take(select.value) }, el("option", { value: "-" }, first), top ? el("option", { value: "" }, top) : null,
      others.map((each) => el("option", { value: each.id }, each.name)));
    return select;
  };
  const merge = pick("Merge into another theme", "Merge into …", (into) => decide([{ type: "merge-themes", theme: theme.id, into }]).then((done) => done && choose(into)));
  merge.id = "merge";
  return el("div", {},
    el("div.row", {}, field, el("span.chip", {}, ORIGINS[theme.origin])),
    el("p.quiet.small", { dir: "auto" }, [theme.description, theme.terms.length ? `typical words: ${theme.terms.join(", ")}` : ""].filter(Boolean).join(" · ")),
    el("p", {}, `${theme.coded} ${theme.coded === 1 ? "passage" : "passages"} from ${theme.people} ${theme.people === 1 ? "person" : "people"}`),
    el("div.row", {},
      ...[["accept", "a", "Right as it is"], ["reject", "x", "No theme"], ["lock", "l", "Complete"]].map(([verdict, key, text]) => el("button", { onclick: () => judge(verdict) }, el("kbd", {}, key), ` ${text}`)),
      merge, pick("Put under another theme", "Put under …", (parent) => { if (parent !== "-") decide([{ type: "move-theme", theme: theme.id, parent }]); }, "no other theme")),
    el("div.spread", {}, el("h2", {}, "Passages"), theme.passages.length ? splitting(theme) : null),
    el("ul.passages", {}, theme.passages.map((each) => el(`li${each.status === "rejected" ? ".rejected" : ""}`, {},
      el("p", { dir: "auto" }, each.text),
      el("div.row.small.quiet", {}, each.status !== "rejected" ? pickable(each) : null, el("span", { dir: "auto" }, each.who), el("a", { href: `${place}/transcript#${each.turn}` }, clock(each.start)),
        each.status === "accepted" ? el("span.chip.good", {}, "right") : each.status === "rejected" ? el("span.chip", {}, "taken off") : el("span", { title: each.reason }, `${Math.round(each.score * 100)} %`),
        each.status !== "accepted" ? el("button", { title: "This passage is about the theme", onclick: () => code(each, true) }, "Yes") : null,
        each.status !== "rejected" ? el("button", { title: "This passage is not about the theme", onclick: () => code(each, false) }, "No") : null)))),
    theme.coded > theme.passages.length ? el("p.quiet", {}, `and ${theme.coded - theme.passages.length} more`) : "",
  );
}

/** A mark for a passage that is to be split off; what a whole turn says to the theme goes together. */
function pickable(passage) {
  const take = (event) => {
    if (event.target.checked) picked.add(passage.turn); else picked.delete(passage.turn);
    for (const each of boxes()) each.checked = picked.has(each.dataset.turn);
  };
  return el("input", { type: "checkbox", "data-turn": passage.turn, "aria-label": `Choose: ${passage.text.slice(0, 60)}`, checked: picked.has(passage.turn), onchange: take });
}

function splitting(theme) {
  const field = el("input", { id: "split", maxlength: 200, dir: "auto", placeholder: "chosen ones as a new theme", "aria-label": "Name of a new theme for the chosen passages" });
  return el("form.row", { onsubmit: async (event) => {
    event.preventDefault();
    const name = field.value.trim();
    if (!name || !picked.size) { say("Choose passages and give their theme a name."); return; }
    const done = await decide([{ type: "split-theme", theme: theme.id, name, turns: [...picked] }]);
    const made = told.themes.find((each) => each.name === name);
    if (done && made) choose(made.id);
  } }, field, el("button", {}, "Split off"));
}

const judge = (verdict) => current && decide([{ type: "judge-theme", theme: current, verdict }]);
const code = (passage, about) => decide([{ type: "code", theme: current, turn: passage.turn, place: passage.place, about }]);

document.addEventListener("keydown", (event) => {
  if (typing(event)) return;
  const at = order.findIndex(([theme]) => theme.id === current);
  if (event.key === "j" || event.key === "k") {
    const next = order[at + (event.key === "j" ? 1 : -1)];
    if (next) choose(next[0].id);
  } else if (event.key === "a") judge("accept");
  else if (event.key === "x") judge("reject");
  else if (event.key === "l") judge("lock");
  else if (event.key === "r") { const field = /** @type {HTMLInputElement | null} */ (document.getElementById("name")); field?.focus(); field?.select(); } else if (event.key === "m") document.getElementById("merge")?.focus();
  else return;
  event.preventDefault();
});

view(load);
