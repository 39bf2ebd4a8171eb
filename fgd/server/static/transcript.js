// The transcript: text that follows the sound, doubts first, corrections in place.
import { api, around, clock, el, part, say, typing } from "/static/base.js";
import { decide, here, place, session, state, view } from "./session.js";
import { Strip } from "./strip.js";
import { Turns } from "./turns.js";

const UNSURE = 50;

const scroller = part("scroller");
const audio = part("audio", HTMLAudioElement);
const page = { mark: "", version: "", rows: [], people: [], voices: [], recordings: [], roster: [] };
const byName = new Map();
let shown = [];
let current = 0;
let other = 0;
let editing = null;
let lit = null;

const turns = new Turns(scroller, part("turns"), {
  draw, finish: spell, name: (n) => shown[n].id,
  guess: (n) => 62 + 25 * Math.ceil(shown[n].words.text.reduce((sum, word) => sum + word.length, 0) / Math.max(40, scroller.clientWidth / 8.6)),
});
const strip = new Strip(part("strip", HTMLCanvasElement), { seek: (ms) => { goto(ms); seek(ms); } });

// -- what is there -------------------------------------------------------------------------------

async function load() {
  const told = await api("GET", `${here}/transcript?since=${encodeURIComponent(page.mark)}`);
  if (told.mark === page.mark) return;
  const whole = !told.base;
  Object.assign(page, { mark: told.mark, version: told.version, people: told.people, voices: told.voices, recordings: told.recordings, roster: told.roster });
  state.version = told.version;
  if (whole) byName.clear();
  for (const row of told.rows) byName.set(row.id, row);
  const ids = whole ? told.rows.map((row) => row.id) : told.ids.length ? told.ids : page.rows.map((row) => row.id);
  page.rows = ids.map((id) => byName.get(id));
  people();
  recordings();
  filter(told.rows.map((row) => row.id).filter((id) => id !== editing?.id));
  part("turns").setAttribute("aria-busy", "false");
  strip.show(page, Number(part("recording", HTMLSelectElement).value || 0));
}

function filter(changed = []) {
  const before = shown[current]?.id;
  const only = part("only", HTMLInputElement).checked;
  const number = Number(part("recording", HTMLSelectElement).value || 0);
  shown = page.rows.filter((row) => row.recording === number && (!only || row.listed || row.id === editing?.id));
  const listed = page.rows.filter((row) => row.listed).length;
  part("doubts").textContent = String(listed);
  current = Math.max(0, shown.findIndex((row) => row.id === before));
  other = current;
  turns.show(shown.length, changed);
  choose(current, { reveal: false });
}

function people() {
  const label = (id) => page.people.find((person) => person.participant === id)?.label || id;
  part("people").replaceChildren(...page.roster.slice(0, 9).map((id, n) => el("li", {},
    el("button", { "data-person": id, onclick: (event) => name(id, event.shiftKey) }, el("kbd", {}, String(n + 1)), " ", el("span", { dir: "auto" }, label(id))))),
  el("li", {}, el("button", { "data-person": "", onclick: (event) => name("", event.shiftKey) }, el("kbd", {}, "0"), " Nobody on the list")));
  part("other", HTMLSelectElement).replaceChildren(el("option", { value: "-" }, "Choose …"), ...page.roster.map((id) => el("option", { value: id }, label(id))));
}

function recordings() {
  const select = part("recording", HTMLSelectElement);
  if (select.options.length === page.recordings.length) return;
  select.replaceChildren(...page.recordings.map((each, n) => el("option", { value: n }, each.name)));
  select.hidden = page.recordings.length < 2;
  source();
}

// -- rows ----------------------------------------------------------------------------------------

function draw(n) {
  const row = shown[n];
  const voice = page.voices[row.voice];
  const who = row.who >= 0 ? page.people[row.who].label : `Voice ${voice.id}`;
  const text = el("p.words.unspelt", { dir: "auto" }, row.words.text.join(""));
  if (!row.words.text.length) text.append(el("em.quiet", {}, "no words"));
  const timed = page.recordings[row.recording].timed;
  return el(`div.turn.tint-${voice.tint % 12}${row.listed ? ".listed" : ""}${chosen(n) ? ".chosen" : ""}`, { role: "listitem" },
    el("header", {}, timed ? el("button.plain.number", { tabindex: -1, "data-go": row.start, "aria-label": `Play from ${clock(row.start)}` }, clock(row.start)) : null,
      el("span.dot"), el("strong", { dir: "auto" }, who), row.settled ? el("span.chip.good", {}, "decided") : null,
      row.overlap ? el("span.chip", {}, "overlap") : null,
      row.listed ? el("span.chip.warn", { title: row.reasons.join("; ") }, `${row.certainty} % · ${row.reasons[0]}`) : null), text);
}

/** Make every word of a row its own element; while one scrolls by, its text is enough. */
function spell(node) {
  const text = node.querySelector(".unspelt");
  const words = byName.get(node.dataset.name)?.words;
  if (!text || !words) return;
  text.classList.remove("unspelt");
  if (!words.text.length) return;
  text.replaceChildren(...words.text.flatMap((word, k) => {
    const said = word.trimStart();
    return [word.slice(0, word.length - said.length), el(words.sure[k] < UNSURE ? "span.unsure" : "span", { "data-word": k }, said)];
  }));
}

function chosen(n) {
  return n >= Math.min(current, other) && n <= Math.max(current, other);
}

function choose(n, { extend = false, reveal = true, middle = false } = {}) {
  if (!shown.length) { part("chosen").replaceChildren(el("p.quiet", {}, part("only", HTMLInputElement).checked ? "No doubtful turn is left." : "Nothing has been heard yet.")); return; }
  current = Math.min(Math.max(0, n), shown.length - 1);
  if (!extend) other = current;
  if (reveal) turns.reveal(current, middle);
  for (const row of turns.drawn.values()) {
    const index = Number(row.dataset.index);
    row.classList.toggle("chosen", chosen(index));
    if (index === current) row.setAttribute("aria-current", "true"); else row.removeAttribute("aria-current");
  }
  const row = shown[current];
  const count = Math.abs(current - other) + 1;
  const voice = page.voices[row.voice];
  const who = row.who >= 0 ? page.people[row.who] : null;
  part("chosen").replaceChildren(
    el("h2", { dir: "auto" }, count > 1 ? `${count} turns` : who ? who.label : `Voice ${voice.id}`),
    el("p.small.quiet", {}, count > 1 ? "are …" : `voice ${voice.id}, turn ${current + 1} of ${shown.length}`),
    row.reasons.length && count === 1 ? el("ul.reasons.small", {}, row.reasons.map((each) => el("li", {}, each))) : "",
    el("div.row", {}, el("button", { onclick: edit }, el("kbd", {}, "e"), " Words"), el("button", { onclick: confirmed }, el("kbd", {}, "c"), " Right"),
      el("button", { onclick: overlap }, el("kbd", {}, "o"), row.overlap ? " No overlap" : " Overlap"), el("button", { onclick: split }, el("kbd", {}, "s"), " Split here")));
  for (const button of part("people").querySelectorAll("button")) button.setAttribute("aria-pressed", String(Boolean(who) && button.dataset.person === who.participant));
  strip.mark(row.start, row.end);
}

scroller.addEventListener("click", (event) => {
  const row = around(event, ".turn");
  if (!row || around(event, "textarea, .edit button")) return;
  choose(Number(row.dataset.index), { extend: event.shiftKey, reveal: false });
  const go = around(event, "[data-go]")?.dataset.go;
  spell(row);
  const word = /** @type {HTMLElement | null} */ (document.elementFromPoint(event.clientX, event.clientY))?.dataset.word;
  if (go !== undefined) { seek(Number(go)); audio.play().catch(() => {}); } else if (word !== undefined && !event.shiftKey) seek(shown[current].words.start[Number(word)]);
});
scroller.addEventListener("dblclick", (event) => { if (around(event, ".words")) { getSelection()?.removeAllRanges(); edit(); } });

// -- deciding ------------------------------------------------------------------------------------

const selected = () => shown.slice(Math.min(current, other), Math.max(current, other) + 1).map((row) => row.id);

function name(participant, whole) {
  const row = shown[current];
  if (!row) return;
  if (whole) decide([{ type: "name-voice", recording: page.recordings[row.recording].id, voice: page.voices[row.voice].id, participant }]);
  else decide([{ type: "name-turns", turns: selected(), participant }]);
}

const confirmed = () => shown[current] && decide(selected().map((turn) => ({ type: "confirm", turn })));
const overlap = () => shown[current] && decide([{ type: "overlap", turns: selected(), others: !shown[current].overlap }]);
const split = () => shown[current] && decide([{ type: "split-voice", turn: shown[current].id }]);

const drafts = `fgd-draft-${session}`;

function edit(draft) {
  if (editing || !shown[current]) return;
  const row = shown[current];
  turns.reveal(current);
  const node = turns.drawn.get(row.id);
  const before = row.words.text.join("").trim();
  const field = el("textarea", { rows: 1, dir: "auto", "aria-label": "Words of this turn", spellcheck: "true", value: typeof draft === "string" ? draft : before });
  const box = el("div.edit", {}, field, el("div.row.small", {}, el("button.main", { onclick: keep }, "Keep"), el("button", { onclick: leave }, "Leave"), el("span.quiet", {}, el("kbd", {}, "enter"), " keeps, ", el("kbd", {}, "esc"), " leaves")));
  // Another person may correct the same words meanwhile: what counts is what was seen now.
  editing = { id: row.id, seen: page.version, before, field, node, box };
  node.querySelector(".words").replaceWith(box);
  const grow = () => { field.style.height = "auto"; field.style.height = `${field.scrollHeight + 4}px`; turns.again(row.id); };
  field.addEventListener("input", () => { grow(); sessionStorage.setItem(drafts, JSON.stringify([row.id, field.value])); });
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.isComposing) { event.preventDefault(); keep(); }
    if (event.key === "Escape") { event.preventDefault(); leave(); }
  });
  grow();
  field.focus();
}

async function keep() {
  const mine = editing;
  const { id, seen, before, field } = mine;
  if (field.value.trim() === before) { leave(); return; }
  if (field.readOnly) return;
  field.readOnly = true;  // and not disabled: the field keeps the focus, and Escape still leaves it
  // The editor stays while this is asked: a refusal draws other rows anew, but not this one.
  const written = await decide([{ type: "rewrite", turn: id, text: field.value }], { seen });
  if (editing !== mine) return;
  if (written) { leave(); return; }
  mine.seen = page.version;
  field.readOnly = false;
  field.focus();
}

function leave() {
  const { id } = editing;
  editing = null;
  sessionStorage.removeItem(drafts);
  turns.known.delete(id);
  turns.forget([id]);
  scroller.focus();
}

/** What was typed and not kept, because the page was closed or the server was away. */
function drafted() {
  const [id, text] = JSON.parse(sessionStorage.getItem(drafts) || "[]");
  const at = shown.findIndex((row) => row.id === id);
  if (at < 0) return;
  say("Words you typed here were not kept yet.", "warning", ["Go on with them", () => { choose(at, { middle: true }); edit(text); }]);
}

// -- going about ---------------------------------------------------------------------------------

function doubtful(step) {
  const queue = shown.map((row, n) => n).filter((n) => shown[n].listed).sort((a, b) => shown[a].certainty - shown[b].certainty || a - b);
  if (!queue.length) { say("No doubtful turn is left.", "good"); return; }
  const at = queue.indexOf(current);
  choose(queue[at < 0 ? (step > 0 ? 0 : queue.length - 1) : (at + step + queue.length) % queue.length], { middle: true });
  seek(shown[current].start);
}

function find() {
  const wanted = part("find", HTMLInputElement).value.trim().toLowerCase();
  if (!wanted) return;
  for (let step = 1; step <= shown.length; step += 1) {
    const n = (current + step) % shown.length;
    if (shown[n].words.text.join("").toLowerCase().includes(wanted)) { choose(n, { middle: true }); return; }
  }
  say("These words are not in this recording.");
}

function goto(ms) {
  const at = shown.findLastIndex((row) => row.start <= ms);
  if (at >= 0) choose(at, { middle: true });
}

function byAddress() {
  const wanted = decodeURIComponent(location.hash.slice(1));
  if (!wanted) return;
  const [recording, time] = wanted.split("@");
  const row = page.rows.find((each) => each.id === wanted);
  const number = row ? row.recording : page.recordings.findIndex((each) => each.id === recording);
  if (number < 0) return;
  if (Number(part("recording", HTMLSelectElement).value) !== number) { part("recording", HTMLSelectElement).value = number; part("recording", HTMLSelectElement).dispatchEvent(new Event("change")); }
  if (row) { const at = shown.indexOf(row); if (at >= 0) { choose(at, { middle: true }); seek(row.start); } } else if (time) { goto(Number(time)); seek(Number(time)); }
}

// -- sound ---------------------------------------------------------------------------------------

function source() {
  const number = Number(part("recording", HTMLSelectElement).value || 0);
  const there = page.recordings[number]?.sound;
  for (const control of [part("play", HTMLButtonElement), part("back", HTMLButtonElement), part("speed", HTMLSelectElement)]) control.disabled = !there;
  part("play", HTMLButtonElement).title = there ? "" : "The sound of this recording is not here";
  if (there) audio.src = `${place}/sound/${number}`; else audio.removeAttribute("src");
}

function seek(ms) {
  if (audio.src) audio.currentTime = ms / 1000;
  part("now").textContent = clock(ms);
  strip.at(ms);
}

const toggle = () => { if (!audio.src) return; if (audio.paused) audio.play(); else audio.pause(); };
const back = () => { if (audio.src) audio.currentTime = Math.max(0, audio.currentTime - 3); };

audio.addEventListener("play", () => { part("play", HTMLButtonElement).textContent = "⏸"; requestAnimationFrame(heard); });
audio.addEventListener("pause", () => { part("play", HTMLButtonElement).textContent = "▶"; });
audio.addEventListener("seeked", () => heard(true));
audio.addEventListener("error", () => { if (audio.src) say("The sound cannot be played.", "error"); });

function heard(once) {
  const ms = audio.currentTime * 1000;
  part("now").textContent = clock(ms);
  strip.at(ms);
  const at = shown.findLastIndex((row) => row.start <= ms);
  if (at >= 0 && ms < shown[at].end + 500) {
    if (part("follow", HTMLInputElement).checked && !editing && !audio.paused && at !== current) choose(at);
    const word = shown[at].words.start.findLastIndex((start) => start <= ms);
    const row = turns.drawn.get(shown[at].id);
    if (row) spell(row);
    const node = row?.querySelector(`[data-word="${word}"]`);
    if (node !== lit) { lit?.classList.remove("lit"); node?.classList.add("lit"); lit = node; }
  }
  if (!audio.paused && once !== true) requestAnimationFrame(heard);
}

// -- hands ---------------------------------------------------------------------------------------

part("play", HTMLButtonElement).addEventListener("click", toggle);
part("back", HTMLButtonElement).addEventListener("click", back);
part("speed", HTMLSelectElement).addEventListener("change", () => { audio.playbackRate = Number(part("speed", HTMLSelectElement).value); });
part("recording", HTMLSelectElement).addEventListener("change", () => { source(); current = 0; filter(); scroller.scrollTop = 0; turns.paint(); strip.show(page, Number(part("recording", HTMLSelectElement).value)); });
part("only", HTMLInputElement).addEventListener("change", () => filter());
part("find", HTMLInputElement).addEventListener("keydown", (event) => { if (event.key === "Enter") { event.preventDefault(); find(); } if (event.key === "Escape") scroller.focus(); });
part("help", HTMLButtonElement).addEventListener("click", () => part("keys", HTMLDialogElement).showModal());
part("other", HTMLSelectElement).addEventListener("change", () => { const id = part("other", HTMLSelectElement).value; part("other", HTMLSelectElement).value = "-"; if (id !== "-") name(id, false); });
window.addEventListener("hashchange", byAddress);

document.addEventListener("keydown", (event) => {
  if (typing(event)) return;
  const digit = /^Digit([0-9])$/.exec(event.code)?.[1] ?? (/^[0-9]$/.test(event.key) ? event.key : undefined);
  const onButton = around(event, "button, summary, a");
  if (digit !== undefined) {
    const id = digit === "0" ? "" : page.roster[Number(digit) - 1];
    if (id !== undefined) name(id, event.shiftKey);
  } else if (event.key === " " && !onButton) toggle();
  else if (event.key === "b" || event.key === "ArrowLeft") back();
  else if (event.key === "n" || event.key === "N") doubtful(event.key === "n" ? 1 : -1);
  else if (event.key === "j" || event.key === "J" || event.key === "ArrowDown") choose(current + 1, { extend: event.shiftKey });
  else if (event.key === "k" || event.key === "K" || event.key === "ArrowUp") choose(current - 1, { extend: event.shiftKey });
  else if (event.key === "e" || (event.key === "Enter" && !onButton)) edit();
  else if (event.key === "c") confirmed();
  else if (event.key === "o") overlap();
  else if (event.key === "s") split();
  else if (event.key === "/") part("find", HTMLInputElement).focus();
  else if (event.key === "?") part("keys", HTMLDialogElement).showModal();
  else return;
  event.preventDefault();
});

view(load).then(() => { byAddress(); drafted(); });
