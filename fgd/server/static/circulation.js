// Words in doubt for the circulation edition, one key each, and letting the edition go.
import { api, around, el, part, typing } from "/static/base.js";
import { keyed, whole } from "./keyed.js";
import { decide, here, state, view } from "./session.js";

const list = part("places");
let told = { places: [], words: 0, withheld: 0, waiting: 0, edition: "", released: "", stale: false, version: "", why: "", why_not: "", remedy: "" };
let current = 0;  // the place that the keys are about, by its place in the list
let everything = false;  // also places that stay withheld and need no look
const listed = () => told.places.filter((each) => everything || !each.aside);

async function load() {
  told = await api("GET", `${here}/circulation`);
  state.version = told.version;
  current = Math.max(0, Math.min(current, listed().length - 1));
  show();
}

function show() {
  const places = listed();
  whole(part("state"), { ...told, everything }, summary);
  const nothing = told.why_not ? "There is nothing to look at." : "Nothing is in doubt: every word of the quotes is known to be harmless, or the rule allows it.";
  whole(list, places.length > 0, (any) => (any ? el("ol.places") : el("p.quiet", {}, nothing)));
  if (places.length) keyed(list.firstElementChild, places.map((each, at) => ({ ...each, at, now: at === current })), (each) => `${each.number}`, item);
  list.setAttribute("aria-busy", "false");
  list.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest" });
}

function summary() {
  if (told.why_not) return el("p.notice.warning", {}, `${told.why_not} ${told.remedy}`);
  const share = told.words ? Math.round((100 * told.withheld) / told.words) : 0;
  const waiting = told.waiting ? `, ${told.waiting} ${told.waiting === 1 ? "finding waits" : "findings wait"}` : "";
  const how = told.released ? el("span.chip.good", {}, `released by ${told.released}`) : el("span.chip.warn", {}, told.stale ? `taken back: ${told.why || "it changed since it was released"}` : "draft: nobody has released it");
  const aside = told.places.filter((each) => each.aside).length;
  const more = everything ? "Hide" : "Show";
  return el("p", {}, `${told.places.length - aside} places, ${share} % of the words of its quotes${waiting}. `, how, " ",
    told.released ? null : el("button", { onclick: letGo }, "Let this edition go"), " ",
    aside ? el("button", { onclick: () => { everything = !everything; show(); } }, `${more} ${aside} more that stay withheld and need no look`) : null);
}

function item(place) {
  return el("li", { "aria-current": place.now ? "true" : null, onclick: () => { current = place.at; show(); } },
    el("p.small.quiet", {}, `${place.parts.length > 1 ? "one speaker, in " : ""}${place.quote} · ${place.why}`),
    ...place.parts.map((quote) => el("p", { dir: "auto" }, ...quote.map(([text, doubt]) => (doubt ? el("mark", {}, text) : text)), place.parts.length > 1 ? " " : null, place.parts.length > 1 ? el("button", { onclick: () => settle(quote.filter(([, doubt]) => doubt).map(([text]) => text), "release", false) }, "Release only this") : null)),
    el("p", {}, el("button", { onclick: () => judge(place, "release") }, place.also.length ? "Release all" : "Release"), " ", el("button", { onclick: () => reword(place) }, place.also.length ? "Reword the first" : "Reword"), " ", el("button", { onclick: () => judge(place, "withhold") }, "Never print")));
}

const settle = (words, way, all) => decide(words.map((each) => ({ type: "circulate", words: each, way, whole: all })));

/** One key is about every clause of a place that is marked. */
const judge = (place, way) => settle([place.words, ...place.also], way, place.whole);

const asked = part("reword", HTMLDialogElement);
const instead = part("instead", HTMLInputElement);

/** Ask what the edition says instead; what is typed is the rapporteur's and never a quote. */
function reword(place) {
  part("reworded").textContent = place.words;
  instead.value = "";
  asked.onclose = async () => {
    if (asked.returnValue !== "put" || !instead.value.trim()) return;
    await decide([{ type: "reword", words: place.words, instead: instead.value.trim() }]);
  };
  asked.returnValue = "";
  asked.showModal();
  instead.focus();
}

const letGo = () => decide([{ type: "let-go", edition: told.edition }]);

document.addEventListener("keydown", (event) => {
  if (typing(event) || asked.open) return;
  const place = listed()[current];
  if (event.key === "j" || event.key === "k") {
    current = Math.max(0, Math.min(listed().length - 1, current + (event.key === "j" ? 1 : -1)));
    show();
  } else if (event.key === "r" && place) judge(place, "release");
  else if (event.key === "w" && place) judge(place, "withhold");
  else if (event.key === "e" && place) reword(place);
  else if (event.key === "l" && told.edition && !told.released) letGo();
  else if (event.key === "Enter" && around(event, "button, a, summary")) return;
  else return;
  event.preventDefault();
});

view(load);
