// Propositions with their responses: sides, links, and words that were missed.
import { api, around, clock, el, part, say, typing } from "/static/base.js";
import { keyed, whole } from "./keyed.js";
import { decide, here, place, state, view } from "./session.js";

const KINDS = [
  { key: "p", kind: "proposal", name: "Proposal" }, { key: "q", kind: "question", name: "Question" },
  { key: "l", kind: "claim", name: "Claim" },
];
const SIDES = [
  { key: "f", side: "for", name: "for", look: "good" }, { key: "c", side: "condition", name: "on condition", look: "warn" },
  { key: "a", side: "against", name: "against", look: "bad" }, { key: "d", side: "doubt", name: "in doubt", look: "warn" },
  { key: "i", side: "alternative", name: "instead", look: "warn" }, { key: "y", side: "yes", name: "yes", look: "good" },
  { key: "n", side: "no", name: "no", look: "bad" }, { key: "h", side: "part", name: "in part", look: "warn" },
  { key: "w", side: "answer", name: "answers", look: "blue" }, { key: "o", side: "open", name: "speaks to it", look: "" },
];
const BEFORE = 4;
const AFTER = 12;
const MORE = 25;

const tree = part("tree");
const box = part("proposition");
let told = { propositions: [], turns: [], built: true, waits: false, unread: [] };
let current = decodeURIComponent(location.hash.slice(1));
let picked = "";  // the response chosen, named by its place; empty: the proposition itself
let further = 0;  // turns shown after those that are shown anyway
let earlier = 0;  // and before them

async function load() {
  told = await api("GET", `${here}/propositions`);
  state.version = told.version;
  part("waits").replaceChildren(...notes());
  if (!chosen()) { current = told.propositions[0]?.id || ""; picked = ""; }
  whole(tree, told.propositions.length > 0, (any) => (any ? el("ol") : el("p.quiet", {}, told.built ? "Nothing was read as put to the room. Select words below to add a proposition." : "Nothing has been read yet: press Rebuild.")));
  if (told.propositions.length) keyed(tree.firstElementChild, told.propositions, (each) => each.id, item);
  tree.setAttribute("aria-busy", "false");
  show();
}

function notes() {
  const found = [];
  if (told.waits) found.push(el("p.notice.warning", {}, "A decision about propositions was taken back; press Rebuild to see what that changes."));
  if (told.unread.length) found.push(el("p.notice", {}, `Responses are not read in: ${told.unread.join(", ")}. Select words to say what they answer.`));
  return found;
}

const chosen = () => told.propositions.find((each) => each.id === current);
const nameOf = (response) => `${response.said.turn}:${response.said.start}`;
const sideOf = (side) => SIDES.find((each) => each.side === side) || { name: side, look: "" };

function item(each) {
  const counts = Map.groupBy(each.responses, (response) => response.side);
  const sum = SIDES.filter(({ side }) => counts.has(side)).map(({ side, name }) => `${name} ${counts.get(side).length}`).join(", ");
  return el("li", {}, el("button.stacked", { "data-proposition": each.id, onclick: () => choose(each.id) },
    el("span.small.quiet", {}, `${each.number} ${each.kind} · `, el("span", { dir: "auto" }, each.said.who), each.by ? el("span.chip.good", {}, "decided") : null),
    el("span", { dir: "auto" }, each.said.text),
    el("span.small.quiet", {}, sum || (each.unanswered ? "nobody answered" : "no response read"))));
}

function choose(id) {
  current = id;
  picked = "";
  further = 0;
  earlier = 0;
  history.replaceState(null, "", `#${encodeURIComponent(id)}`);
  show();
  box.scrollTop = 0;
  tree.querySelector(`[data-proposition="${CSS.escape(id)}"]`)?.scrollIntoView({ block: "nearest" });
}

function show() {
  for (const button of tree.querySelectorAll("button")) {
    if (button.dataset.proposition === current) button.setAttribute("aria-current", "true"); else button.removeAttribute("aria-current");
  }
  const one = chosen();
  if (!one) {
    whole(box, told.turns, (turns) => el("div", {}, el("h2", {}, "What was said"), turns.map((turn) => said(turn, []))));
    return;
  }
  if (!one.responses.some((each) => nameOf(each) === picked)) picked = "";
  whole(box, { one, others: near(one), talk: talk(one), picked }, detail);
  box.querySelector(".response.current")?.scrollIntoView({ block: "nearest" });
}

/** The propositions that a response to this one may answer as well: the nearest before and after. */
function near(one) {
  const at = told.propositions.indexOf(one);
  const far = (each) => Math.abs(told.propositions.indexOf(each) - at);
  return told.propositions.filter((each) => each !== one).toSorted((a, b) => far(a) - far(b)).slice(0, 9)
    .map(({ id, number, said: words }) => ({ id, number, text: words.text, who: words.who }));
}

/** The turns around a proposition and what answers it, with what is marked in each. */
function talk(one) {
  const at = new Map(told.turns.map((turn, n) => [turn.id, n]));
  const ends = [one.said, ...one.responses.map((each) => each.said)].map((each) => at.get(each.turn) ?? 0);
  const first = Math.max(0, Math.min(...ends) - BEFORE - earlier);
  const last = Math.min(told.turns.length, Math.max(...ends) + AFTER + further);
  return { turns: told.turns.slice(first, last).map((turn) => ({ turn, marks: marks(turn.id, one) })), before: first > 0, after: last < told.turns.length };
}

function marks(turn, one) {
  const found = [{ ...one.said, look: "put", title: `${one.number} ${one.kind}` }];
  for (const each of one.responses) found.push({ ...each.said, look: `answer.${sideOf(each.side).look || "open"}`, title: `${each.number} ${sideOf(each.side).name}` });
  for (const each of told.propositions) if (each !== one) found.push({ ...each.said, look: "elsewhere", title: `${each.number} ${each.kind}` });
  return found.filter((each) => each.turn === turn).map(({ start, end, look, title }) => ({ start, end, look, title }));
}

// -- the chosen proposition ----------------------------------------------------------------------

function detail({ one, others, talk: shown }) {
  return el("div", {},
    el("div.row.small.quiet", {}, el("strong", {}, one.number), el("span", { dir: "auto" }, one.said.who), one.chair ? el("span.chip", {}, "chair") : null, listen(one.said),
      one.section ? el("span", { dir: "auto" }, one.section) : null, settled(one)),
    el("blockquote.put", { dir: "auto" }, one.said.text),
    one.again.length ? el("p.small.quiet", {}, `Said again ${one.again.length === 1 ? "once" : `${one.again.length} times`}: `, one.again.map((each) => el("span", { dir: "auto" }, `“${each.text}” `))) : null,
    reasons(one.reasons),
    el("div.row", {}, KINDS.map(({ key, kind, name }) => el("button", { "aria-pressed": String(kind === one.kind), onclick: () => put(one.said, kind) }, el("kbd", {}, key), ` ${name}`)),
      el("button", { onclick: () => put(one.said, one.kind) }, "Right as it is"), el("button", { onclick: () => put(one.said, "none") }, el("kbd", {}, "x"), " No proposition")),
    el("h2", {}, "Responses"),
    one.responses.length ? el("ol.responses", {}, one.responses.map((each) => answered(one, each, others))) : el("p.quiet", {}, silence(one)),
    el("h2", {}, "What was said"),
    el("p.small.quiet", {}, "Select words, then press a side (", SIDES.map(({ key }, n) => [n ? " " : "", el("kbd", {}, key)]), ") to make them a response to this proposition, or ", KINDS.map(({ key }, n) => [n ? " " : "", el("kbd", {}, key)]), " to make them a proposition of their own."),
    shown.before ? el("p", {}, el("button", { onclick: () => { earlier += MORE; show(); } }, "What was said before")) : null,
    shown.turns.map(({ turn, marks: found }) => said(turn, found)),
    shown.after ? el("p", {}, el("button", { onclick: () => { further += MORE; show(); } }, "What was said after")) : null);
}

function silence(one) {
  if (one.unanswered) return "Nobody answered this.";
  return one.silence ? "No objection was found." : "No response was read; that says nothing about whether there was one.";
}

function settled(each) {
  if (each.by) return el("span.chip.good", {}, `decided by ${each.by}`);
  return el("span.chip", { title: "how sure the machine is" }, `${Math.round(each.confidence * 100)} %`);
}

function reasons(texts) {
  return texts.length ? el("details.small", {}, el("summary", {}, `Why: ${texts[0]}`), el("ul.reasons", {}, texts.map((each) => el("li", { dir: "auto" }, each)))) : null;
}

function listen(words) {
  return el("a.number", { href: `${place}/transcript#${encodeURIComponent(words.turn)}`, title: "Read it in the transcript" }, words.at >= 0 ? clock(words.at) : "transcript");
}

function answered(one, each, others) {
  const here_ = nameOf(each) === picked;
  const { name, look } = sideOf(each.side);
  return el(`li.response${here_ ? ".current" : ""}`, { "data-response": nameOf(each), onclick: (event) => { if (!around(event, "a, button, summary, select")) pick(nameOf(each)); } },
    el("div.row.small", {}, el("button.plain", { "aria-expanded": String(here_), onclick: () => pick(here_ ? "" : nameOf(each)) }, each.number), el("strong", { dir: "auto" }, each.said.who),
      el(`span.chip${look ? `.${look}` : ""}`, {}, name, each.instead ? ` ${each.instead}` : ""), listen(each.said), settled(each), el("span.quiet", {}, each.link === "person" ? "" : `link: ${each.link}`)),
    el("p", { dir: "auto" }, each.said.text),
    here_ ? el("div", {}, reasons(each.reasons),
      el("div.row.sides", {}, SIDES.map((side) => el("button", { "aria-pressed": String(side.side === each.side), onclick: () => answer(each.said, one.id, side.side) }, el("kbd", {}, side.key), ` ${side.name}`)),
        el("button", { onclick: () => answer(each.said, one.id, each.side) }, "Right as it is"), el("button", { onclick: () => answer(each.said, one.id, "none") }, el("kbd", {}, "x"), " No response")),
      others.length ? el("p.small.quiet", {}, "It answers another one:") : null,
      el("ol.candidates", {}, others.map((other, n) => el("li", {}, el("button", { onclick: () => move(each, other.id) }, el("kbd", {}, String(n + 1)), ` ${other.number} `, el("span", { dir: "auto" }, `${other.who}: ${other.text}`)))))) : null);
}

function pick(name) {
  picked = name;
  show();
}

// -- words ---------------------------------------------------------------------------------------

/** A turn with its marked slices. Places count characters as the server does, not UTF-16 units. */
function said(turn, found) {
  const letters = [...turn.text];
  const owner = new Array(letters.length).fill(null);
  for (const mark of found) for (let n = mark.start; n < Math.min(mark.end, letters.length); n += 1) owner[n] ??= mark;
  const parts = [];
  for (let n = 0, from = 0; n <= letters.length; n += 1) {
    if (n < letters.length && owner[n] === owner[from]) continue;
    const text = letters.slice(from, n).join("");
    if (text) parts.push(owner[from] ? el(`mark.${owner[from].look}`, { title: owner[from].title }, text) : text);
    from = n;
  }
  return el("div.said", {}, el("p.small.quiet", {}, el("strong", { dir: "auto" }, turn.who), turn.at >= 0 ? ` ${clock(turn.at)}` : ""), el("p.text", { dir: "auto", "data-turn": turn.id }, parts));
}

/** The selected words as a slice of one turn; null where nothing is selected, or of several turns. */
function selection() {
  const range = getSelection()?.rangeCount ? getSelection().getRangeAt(0) : null;
  if (!range || range.collapsed) return null;
  const of = (node) => (node instanceof Element ? node : node.parentElement)?.closest("[data-turn]");
  const turn = of(range.startContainer);
  if (!(turn instanceof HTMLElement) || turn !== of(range.endContainer)) return null;
  const before = range.cloneRange();
  before.selectNodeContents(turn);
  before.setEnd(range.startContainer, range.startOffset);
  const lead = range.toString().length - range.toString().trimStart().length;
  const text = range.toString().trim();
  if (!text) return null;
  const start = [...before.toString()].length + lead;
  return { turn: turn.dataset.turn, start, end: start + [...text].length };
}

const slice = ({ turn, start, end }) => ({ turn, start, end });
const put = (words, kind) => decide([{ type: "put-proposition", ...slice(words), kind }]);
const answer = (words, to, side) => decide([{ type: "answer", ...slice(words), to, side }]);
const move = (response, to) => decide([{ type: "answer", ...slice(response.said), to, side: response.side }]);

async function take(words, { kind = "", side = "" }) {
  if (words.turn === chosen()?.said.turn && side && words.start >= chosen().said.start && words.end <= chosen().said.end) { say("These are the words of the proposition itself."); return; }
  if (side && !chosen()) { say("First choose what these words answer."); return; }
  const done = kind ? await put(words, kind) : await answer(words, current, side);
  if (!done) return;
  getSelection()?.removeAllRanges();
  if (kind) {
    const made = told.propositions.find((each) => each.said.turn === words.turn && each.said.start === words.start);
    if (made) choose(made.id);
  } else { picked = `${words.turn}:${words.start}`; show(); }
}

// -- keys ----------------------------------------------------------------------------------------

part("help", HTMLButtonElement).addEventListener("click", () => part("keys", HTMLDialogElement).showModal());

function step(list, at, by) {
  const next = at + by;
  return next >= 0 && next < list.length ? list[next] : null;
}

/** What a letter means here; false where it means nothing. */
function pressed(key) {
  const one = chosen();
  const response = one?.responses.find((each) => nameOf(each) === picked);
  const words = selection();
  const kind = KINDS.find((each) => each.key === key)?.kind;
  const side = SIDES.find((each) => each.key === key)?.side;
  if (words && (kind || side)) take(words, { kind, side });
  else if (kind && one) put(one.said, kind);
  else if (side && response) answer(response.said, one.id, side);
  else if (side) say("Choose a response with the arrow keys, or select words.");
  else if (key === "x" && response) answer(response.said, one.id, "none");
  else if (key === "x" && one) put(one.said, "none");
  else if (key === "Enter" && response) answer(response.said, one.id, response.side);
  else if (key === "Enter" && one) put(one.said, one.kind);
  else if (/^[1-9]$/.test(key) && response) { const other = near(one)[Number(key) - 1]; if (other) move(response, other.id); } else return false;
  return true;
}

document.addEventListener("keydown", (event) => {
  if (typing(event)) return;
  const at = told.propositions.findIndex((each) => each.id === current);
  if (event.key === "j" || event.key === "k") {
    const next = step(told.propositions, at, event.key === "j" ? 1 : -1);
    if (next) choose(next.id);
  } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    const list = ["", ...(chosen()?.responses || []).map(nameOf)];
    const next = step(list, list.indexOf(picked), event.key === "ArrowDown" ? 1 : -1);
    if (next === null) return;
    pick(next);
  } else if (event.key === "?") part("keys", HTMLDialogElement).showModal();
  else if (event.key === "Enter" && around(event, "button, a, summary")) return;
  else if (!pressed(event.key)) return;
  event.preventDefault();
});

view(load);
