// Voices as cards: listen for three seconds, look at the reasons, press a number.
import { all, api, clock, el, part, typing } from "/static/base.js";
import { keyed } from "./keyed.js";
import { decide, here, place, state, view } from "./session.js";

const audio = part("audio", HTMLAudioElement);
const box = part("cards");
const STATES = { decided: ["decided", "good"], sure: ["sure", "blue"], likely: ["likely", "warn"], unknown: ["unknown", "bad"], waits: ["asked again at the next build", "warn"] };
let told = null;
let order = [];
let current = "";
let until = 0;
let opened = new Set();

async function load() {
  told = await api("GET", `${here}/voices`);
  state.version = told.version;
  // Cards keep their places while one works through them; new voices come last.
  const keys = told.cards.map((card) => card.key);
  order = [...order.filter((key) => keys.includes(key)), ...keys.filter((key) => !order.includes(key))];
  const byKey = new Map(told.cards.map((card) => [card.key, card]));
  const focused = /** @type {HTMLElement | null} */ (document.activeElement?.closest(".card") ?? null)?.dataset.key;
  opened = new Set(all(box, "details[open]").map((each) => each.dataset.of));
  keyed(box, order.map((key) => around(byKey.get(key))), (each) => each.card.key, draw);
  mark();
  box.setAttribute("aria-busy", "false");
  const open = told.cards.filter((card) => card.state === "unknown" || card.state === "waits").length;
  part("tally").textContent = told.cards.length
    ? `${told.cards.length - open} of ${told.cards.length} voices have a name.` : "Nothing has been heard yet: add a recording under Set-up and press Rebuild.";
  if (!byKey.has(current)) current = order[0] || "";
  if (focused || document.activeElement === document.body) select(current, { focus: Boolean(focused) });
}

/** A card with what it shows of everything else. */
function around(card) {
  const others = told.cards.filter((each) => each.recording === card.recording && each.key !== card.key);
  const source = told.recordings.length > 1 ? told.recordings[card.place]?.name : "";
  return { card, source, people: told.people, bodies: told.bodies, others: others.map((each) => [each.voice, each.label ? `${each.voice}: ${each.label}` : each.voice]) };
}

function draw({ card, source, people, bodies, others }) {
  const [text, look] = STATES[card.state];
  return el(`article.card.tint-${card.tint}`, { "data-key": card.key, tabindex: -1, "aria-label": `Voice ${card.voice}`, onclick: () => { current = card.key; mark(); } },
    el("header", {}, el("span.dot"), el("h2", { dir: "auto" }, card.label || `Voice ${card.voice}`),
      el(`span.chip.${look}`, { title: card.confidence ? `${Math.round(card.confidence * 100)} % sure` : "" }, text, card.state === "likely" ? ` ${Math.round(card.confidence * 100)} %` : "")),
    el("p.quiet.small", {}, [`${card.voice}${source ? ` in ${source}` : ""}`, card.timed ? clock(card.speech) : null, `${card.turns} ${card.turns === 1 ? "turn" : "turns"}`, card.heard || null, card.runner_up ? `or ${card.runner_up}` : null].filter(Boolean).join(" · ")),
    el("div.clips", {}, card.clips.map((clip, number) => el("div.clip", {},
      card.playable ? el("button", { "aria-label": `Play clip ${number + 1} of voice ${card.voice}`, onclick: () => play(card, clip) }, "▶") : null,
      el("a", { href: `${place}/transcript#${clip.turn}`, dir: "auto", title: "Read it in the transcript" }, clip.text ? cut(clip.text) : clock(clip.span.start))))),
    card.evidence.length ? el("details", { "data-of": card.key, open: opened.has(card.key) },
      el("summary", {}, `Why: ${card.evidence[0].kind}${card.evidence.length + card.more > 1 ? `, and ${card.evidence.length + card.more - 1} more` : ""}`),
      el("ul.reasons", {}, card.evidence.map((each) => el("li", {},
        el(`span.way.${each.way}`, {}, each.way === "against" ? "against " : "for "), el("strong", { dir: "auto" }, each.who || "somebody"), `: ${each.kind} `,
        each.text ? el("a", { href: `${place}/transcript#${each.turn}`, dir: "auto" }, `“${each.text}”`) : null))))
      : el("p.quiet.small", {}, "Nothing that was said tells who this is."),
    ["sure", "decided"].includes(card.state)
      ? el("details", { "data-of": `${card.key}?`, open: opened.has(`${card.key}?`) }, el("summary", {}, "Not right?"), candidates(card)) : candidates(card),
    el("details.more", { "data-of": `${card.key}+`, open: opened.has(`${card.key}+`) }, el("summary", {}, "Somebody else, an institution, a merge, a split"),
      el("div.stack", {},
        choice(`Somebody else for ${card.voice}`, "Somebody else …", people.map((each) => [each.id, each.label]), (id) => name(card, id)),
        choice(`Institution of ${card.voice}`, "Speaks for …", bodies.map((each) => [each.id, each.label]), (institution) => decide([{ type: "place-voice", recording: card.recording, voice: card.voice, institution }])),
        others.length ? choice(`Same person as ${card.voice}`, "Is the same person as …", others, (voice) => decide([{ type: "merge-voices", recording: card.recording, voice, other: card.voice }])) : null,
        el("p.small.quiet", {}, "Two people in one voice? ", el("a", { href: `${place}/transcript#${card.clips[0]?.turn || ""}` }, "Split it in the transcript"), " where the other begins (", el("kbd", {}, "s"), ").")),
    ));
}

/** Three seconds begin and end in the middle of a sentence; then that is shown. */
function cut(text) {
  return `${/^\p{Ll}/u.test(text) ? "… " : ""}${text}${/[.?!…。؟।]$/.test(text) ? "" : " …"}`;
}

function candidates(card) {
  return el("ol.candidates", {}, card.candidates.map((each, number) => el("li", {},
    el(`button${each.participant === card.participant ? ".is" : ""}`, { "aria-pressed": String(each.participant === card.participant), onclick: () => name(card, each.participant) },
      el("kbd", {}, String(number + 1)), " ", el("span", { dir: "auto" }, each.label), each.taken && each.participant !== card.participant ? el("span.quiet.small", {}, " heard elsewhere") : null))),
  el("li", {}, el("button", { onclick: () => name(card, "") }, el("kbd", {}, "0"), " Nobody on the list")));
}

function choice(label, first, options, take) {
  const field = el("select", { "aria-label": label, onchange: () => { if (field.value) take(field.value); } },
    el("option", { value: "" }, first), options.map(([value, text]) => el("option", { value }, text)));
  return field;
}

async function name(card, participant) {
  const next = after(card.key);
  if (await decide([{ type: "name-voice", recording: card.recording, voice: card.voice, participant }]) && next) select(next);
}

/** The next voice that still needs a name, below first. */
function after(key) {
  const byKey = new Map(told.cards.map((card) => [card.key, card]));
  const at = order.indexOf(key);
  return [...order.slice(at + 1), ...order.slice(0, at)].find((each) => ["unknown", "waits", "likely"].includes(byKey.get(each).state)) || "";
}

function mark() {
  for (const card of all(box, ":scope > .card")) card.classList.toggle("current", card.dataset.key === current);
}

function select(key, { focus = true } = {}) {
  current = key;
  mark();
  const card = all(box, ":scope > .card").find((each) => each.dataset.key === key);
  if (card && focus) { card.focus({ preventScroll: true }); card.scrollIntoView({ block: "nearest" }); }
}

function play(card, clip) {
  const source = `${place}/sound/${card.place}`;
  if (!audio.src.endsWith(source)) audio.src = source;
  audio.currentTime = clip.span.start / 1000;
  until = clip.span.end / 1000;
  audio.play();
}

audio.addEventListener("timeupdate", () => { if (audio.currentTime >= until) audio.pause(); });

let heard = 0;
document.addEventListener("keydown", (event) => {
  if (typing(event) || !told) return;
  const card = told.cards.find((each) => each.key === current);
  const at = order.indexOf(current);
  if (event.key === "j" || event.key === "k") {
    const next = order[at + (event.key === "j" ? 1 : -1)];
    if (next) select(next);
  } else if (/^[1-9]$/.test(event.key) && card?.candidates[Number(event.key) - 1]) {
    name(card, card.candidates[Number(event.key) - 1].participant);
  } else if (event.key === "0" && card) {
    name(card, "");
  } else if (event.key === "p" && card?.playable && card.clips.length) {
    play(card, card.clips[heard++ % card.clips.length]);
  } else return;
  event.preventDefault();
});

view(load);
