// Find in all sessions: results that play, and shelves of quotes.
import { all, api, around, clock, complain, el, part, Refused, say, typing } from "/static/base.js";

const audio = part("audio", HTMLAudioElement);
const question = part("question", HTMLInputElement);
const shelf = part("shelf", HTMLInputElement);
const me = part("me", HTMLInputElement);
let hits = [];
let shelves = [];
let current = 0;
let playing = null;  // what sounds now, and where it ends
let asked = 0;

me.value = localStorage.getItem("fgd-me") || "";
me.addEventListener("change", () => localStorage.setItem("fgd-me", me.value.trim()));
shelf.value = localStorage.getItem("fgd-shelf") || "";
shelf.addEventListener("change", () => { localStorage.setItem("fgd-shelf", shelf.value.trim()); drawShelf(); drawHits(); });

// -- asking --------------------------------------------------------------------------------------

async function ask() {
  const text = question.value.trim();
  if (!text) { question.focus(); return; }
  const mine = ++asked;
  history.replaceState(null, "", `?q=${encodeURIComponent(text)}`);
  part("found").setAttribute("aria-busy", "true");
  part("told").textContent = "Looking … The first question after a build takes longer.";
  try {
    const told = await api("GET", `/api/find?q=${encodeURIComponent(text)}`);
    if (mine !== asked) return;
    hits = told.hits;
    current = 0;
    const where = `${told.passages.toLocaleString("en")} passages of ${told.sessions} ${told.sessions === 1 ? "session" : "sessions"}`;
    const some = hits.length ? `The ${hits.length === 1 ? "only turn" : `${hits.length} best turns`} from ${where}.` : `Nothing was found in ${where}.`;
    part("told").textContent = [some, ...told.notes, ...told.issues.map((issue) => `${issue.message} ${issue.remedy}`)].join(" ");
    drawHits();
    if (hits.length) part("found").focus();
  } catch (problem) {
    if (!(problem instanceof Refused)) throw problem;
    if (mine !== asked) return;
    hits = [];
    part("told").textContent = [problem.message, problem.remedy].filter(Boolean).join(" ");
    drawHits();
    question.focus();
  } finally {
    if (mine === asked) part("found").setAttribute("aria-busy", "false");
  }
}

// -- drawing -------------------------------------------------------------------------------------

function marked(text, marks) {
  const parts = [];
  let at = 0;
  for (const [start, end] of marks.map(([a, b]) => [units(text, a), units(text, b)])) {
    parts.push(text.slice(at, start), el("mark", {}, text.slice(start, end)));
    at = end;
  }
  return [...parts, text.slice(at)];
}

/** Where a character stands: the server counts characters, a browser counts halves of rare ones. */
function units(text, characters) {
  let at = 0;
  for (let n = 0; n < characters; n += 1) at += text.codePointAt(at) > 0xffff ? 2 : 1;
  return at;
}

function heading(each) {
  return el("p.small", {}, el("strong", { dir: "auto" }, each.speaker || "nobody known"), " · ", el("span", { dir: "auto" }, each.title),
    each.date ? ` · ${each.date}` : "", each.begins >= 0 ? ` · ${clock(each.begins)}` : "",
    each.section ? el("span.quiet", { dir: "auto" }, ` · ${each.section}`) : null);
}

function drawHits() {
  part("hits").replaceChildren(...hits.map((each, n) => el(`li.hit${n === current ? ".current" : ""}`, { "data-hit": n, "aria-current": n === current ? "true" : null },
    heading(each),
    el("p.words", { dir: "auto" }, marked(each.text, each.marks)),
    el("div.row.small", {},
      each.begins >= 0 ? el("button", { "data-play": n, "aria-label": `Play ${each.speaker} at ${clock(each.begins)}` }, "▶ Play") : null,
      el("button", { "data-shelve": n, "aria-pressed": String(Boolean(stands(each))) }, stands(each) ? "On the shelf" : "Put on the shelf"),
      el("a", { href: each.url }, "In the transcript"),
      each.near ? el("span.chip", {}, "near in meaning") : null,
      each.more ? el("span.quiet", {}, `${each.more} more in this turn`) : null))));
}

/** The quote on the chosen shelf that a hit is, if it is there. */
function stands(hit) {
  const [start, end] = hit.place.split(":").pop().split("-").map(Number);
  const mine = shelves.find((each) => each.name === shelf.value.trim());
  return mine?.quotes.find((each) => each.session === hit.session && each.turn === hit.turn && each.start === start && each.end === end);
}

const STATES = { moved: "found in another place", changed: "the transcript was corrected since", lost: "no longer in the transcript" };

async function loadShelves() {
  shelves = (await api("GET", "/api/shelves")).shelves;
  part("names").replaceChildren(...shelves.map((each) => el("option", { value: each.name })));
  if (!shelf.value && shelves.length) shelf.value = shelves[0].name;
  drawShelf();
  drawHits();
}

function drawShelf() {
  const name = shelf.value.trim();
  const mine = shelves.find((each) => each.name === name);
  const place = part("stood");
  place.setAttribute("aria-busy", "false");
  place.replaceChildren(el("h2", { dir: "auto" }, name || "No shelf yet"));
  if (!mine) {
    place.append(el("p.quiet", {}, name ? "Nothing stands on this shelf yet." : "Name a shelf above, then put quotes on it."));
    if (shelves.length) place.append(el("p.small", {}, `Shelves here: ${shelves.map((each) => each.name).join(", ")}.`));
    return;
  }
  const file = (kind, edition) => `/find/shelf?${new URLSearchParams({ name, kind, edition })}`;
  place.append(
    el("p.small", {}, `${mine.quotes.length} ${mine.quotes.length === 1 ? "quote" : "quotes"}. Internal: `,
      ["docx", "csv", "qdpx"].flatMap((kind) => [el("a", { href: file(kind, "internal") }, kind.toUpperCase()), " "]), "· for circulation, as each session's rule allows: ",
      ["docx", "csv", "qdpx"].flatMap((kind) => [el("a", { href: file(kind, "circulation") }, kind.toUpperCase()), " "])),
    el("ol.hits", {}, mine.quotes.map((each) => el("li.hit", {}, heading(each),
      each.text ? el("p.words", { dir: "auto" }, each.text) : null,
      each.state !== "same" ? el("p.small", {}, el("span.chip.warn", {}, STATES[each.state]), each.was ? el("span.quiet", { dir: "auto" }, ` It said: ${each.was}`) : null) : null,
      el("div.row.small", {}, each.begins >= 0 ? el("button", { "data-quote": each.decision, "aria-label": `Play the quote of ${each.speaker} at ${clock(each.begins)}` }, "▶ Play") : null,
        el("button", { "data-take": each.decision, "aria-label": `Take the quote of ${each.speaker || "nobody known"} off the shelf` }, "Take off"),
        each.url ? el("a", { href: each.url, "aria-label": `The quote of ${each.speaker} in the transcript` }, "In the transcript") : null)))));
}

function choose(n) {
  if (!hits.length) return;
  current = Math.min(Math.max(0, n), hits.length - 1);
  for (const each of all(part("hits"), ".hit")) {
    const mine = Number(each.dataset.hit) === current;
    each.classList.toggle("current", mine);
    if (mine) { each.setAttribute("aria-current", "true"); each.scrollIntoView({ block: "nearest" }); } else each.removeAttribute("aria-current");
  }
}

// -- the shelf -----------------------------------------------------------------------------------

async function decide(session, command) {
  const place = `/api/s/${encodeURIComponent(session)}`;
  const { version } = await api("GET", `${place}/news?seen=`);  // what is taken back was seen
  await api("POST", `${place}/changes`, { by: me.value.trim() || "somebody", seen: version, commands: [command] });
  await loadShelves();
}

async function shelve(hit) {
  if (!hit) return;
  const name = shelf.value.trim();
  if (!name) { say("Name the shelf first."); shelf.focus(); return; }
  const there = stands(hit);
  try {
    if (there) { await decide(hit.session, { type: "undo", decision: there.decision }); say("Taken off the shelf."); return; }
    const [start, end] = hit.place.split(":").pop().split("-").map(Number);
    await decide(hit.session, { type: "shelve", turn: hit.turn, start, end, shelf: name, words: hit.text });
    say(`On the shelf “${name}”.`, "good");
  } catch (problem) { complain(problem); }
}

async function take(quote) {
  try { await decide(quote.session, { type: "undo", decision: quote.decision }); say("Taken off the shelf."); } catch (problem) { complain(problem); }
}

const quoteOf = (decision) => shelves.flatMap((each) => each.quotes).find((each) => each.decision === decision);

// -- sound ---------------------------------------------------------------------------------------

function play(each) {
  if (!each || each.begins < 0) return;
  if (playing === each && !audio.paused) { audio.pause(); return; }
  const source = `/s/${encodeURIComponent(each.session)}/sound/${each.source}`;
  if (!audio.src.endsWith(source)) audio.src = source;
  playing = each;
  audio.currentTime = each.begins / 1000;
  audio.play().catch(() => {});
}

audio.addEventListener("timeupdate", () => { if (playing && audio.currentTime * 1000 >= playing.ends + 300) audio.pause(); });
audio.addEventListener("error", () => { if (playing) say("The sound of this recording is not here.", "error"); playing = null; audio.removeAttribute("src"); });

// -- hands ---------------------------------------------------------------------------------------

part("ask", HTMLFormElement).addEventListener("submit", (event) => { event.preventDefault(); ask(); });
part("help", HTMLButtonElement).addEventListener("click", () => part("keys", HTMLDialogElement).showModal());
part("hits").addEventListener("click", (event) => {
  const row = around(event, ".hit");
  if (row) choose(Number(row.dataset.hit));
  const { play: sound, shelve: kept } = around(event, "button")?.dataset ?? {};
  if (sound !== undefined) play(hits[Number(sound)]);
  if (kept !== undefined) shelve(hits[Number(kept)]);
});
part("stood").addEventListener("click", (event) => {
  const { quote, take: gone } = around(event, "button")?.dataset ?? {};
  if (quote) play(quoteOf(quote));
  if (gone) take(quoteOf(gone));
});
question.addEventListener("keydown", (event) => { if (event.key === "Escape") part("found").focus(); });

document.addEventListener("keydown", (event) => {
  if (typing(event)) return;
  const onControl = around(event, "button, a, summary");
  if (event.key === "/") question.focus();
  else if (event.key === "j" || event.key === "ArrowDown") choose(current + 1);
  else if (event.key === "k" || event.key === "ArrowUp") choose(current - 1);
  else if (event.key === "s") shelve(hits[current]);
  else if (event.key === " " && !onControl) play(hits[current]);
  else if (event.key === "Enter" && !onControl && hits[current]) location.assign(hits[current].url);
  else if (event.key === "?") part("keys", HTMLDialogElement).showModal();
  else return;
  event.preventDefault();
});

loadShelves().catch(complain);
question.value = new URLSearchParams(location.search).get("q") || "";
if (question.value) ask(); else question.focus();
