// What people gave: shown as it was understood, every problem beside what it is about.
import { all, api, clock, el, part, say, typing } from "/static/base.js";
import { drops, problems, purpose, sendAll, size } from "./files.js";
import { decide, here, session, view } from "./session.js";

const SHOWN = 30;
let asked = [];
let current = 0;

async function load() {
  const told = await api("GET", `${here}/setup`);
  const names = new Set(told.files.flatMap((file) => [file.name, file.transcript]));
  const about = (test) => problems(told.issues.filter(test));
  const roster = (issue) => /^(participants|roster)\./i.test(issue.where);
  const guide = (issue) => /^guide\./i.test(issue.where);
  part("problems").replaceChildren(...about((issue) => !roster(issue) && !guide(issue) && !names.has(issue.where)));
  part("files").replaceChildren(...about((issue) => names.has(issue.where)), told.files.length
    ? el("ul.understood", {}, told.files.map(understood)) : el("p.quiet", {}, "None yet: drop one above."));
  part("aside").hidden = !told.left.length;
  part("left").replaceChildren(...problems(told.left));
  questions(told.near);
  part("people").replaceChildren(...about(roster), told.people.length
    ? el("div.scroll", { tabindex: 0, role: "region", "aria-label": "Participants" }, el("table", {},
      el("thead", {}, el("tr", {}, ["Name", "Role", "Institution", "Country", "Also called"].map((name) => el("th", { scope: "col" }, name)))),
      el("tbody", {}, told.people.map((person) => el("tr", {},
        el("th", { scope: "row", dir: "auto" }, person.name), el("td", {}, person.role), el("td", { dir: "auto" }, person.institution),
        el("td", { dir: "auto" }, person.country), el("td.quiet", { dir: "auto" }, person.aliases.join(", ")))))))
    : el("p.quiet", {}, "No list of participants. Names are then taken only from what was said."));
  part("guide").replaceChildren(...about(guide), told.sections.length
    ? el("ol.guide", {}, told.sections.map((section) => el("li", {},
      el("strong", { dir: "auto" }, section.title), el("span.quiet.small", {}, ` ${section.kind}${section.minutes ? `, ${section.minutes} min` : ""}`),
      section.text ? el("p.small", { dir: "auto" }, section.text) : null)))
    : el("p.quiet", {}, "No guide. The brief then cannot tell what was asked from what was not."));
  part("facts").replaceChildren(el("dl.facts", {}, [
    ["Title", told.title], ["Date", told.date || "not given"], ["Languages", told.languages.join(", ") || "found by listening"],
    ["Rule of attribution", told.rule], ["Consent", told.consent ? "recorded" : "not recorded: no edition for circulation is made"],
    ["Institutions", told.institutions.join(", ") || "none listed"], ["Floor log", told.floor ? `${told.floor} marks` : "none"],
    ["Chat", told.written ? `${told.written} public messages, written and not spoken` : "none"],
  ].map(([name, text]) => [el("dt", {}, name), el("dd", { dir: "auto" }, text)])),
  el("p.quiet.small", {}, "These are in session.toml in the session's folder."));
}

/** A file and what its words were read as: the same as `fgd intake` prints. */
function understood(file) {
  const words = file.labels.map(([name, count]) => el("li", {}, el("span", { dir: "auto" }, name || "(no label)"), el("span.quiet", {}, ` ${count} ${count === 1 ? "word" : "words"}`)));
  return el("li", {},
    el("p", {}, el("strong", { dir: "auto" }, file.name), el("span.quiet", {}, ` ${[file.kind === "audio" ? "sound" : "transcript", file.length ? clock(file.length) : "", size(file.size)].filter(Boolean).join(", ")}`)),
    !file.format ? el("p.quiet", {}, "Will be heard.") : [
      el("p", {}, file.transcript ? ["Words read from ", el("span", { dir: "auto" }, file.transcript)] : "Words read", ` (${file.format}): ${file.passages} ${file.passages === 1 ? "passage" : "passages"}, ${file.timed ? `${clock(file.start)} to ${clock(file.end)}` : "no times"}.`),
      el("ul.names", { "aria-label": `Names in ${file.transcript || file.name}` }, words.slice(0, SHOWN)),
      words.length > SHOWN ? el("details", {}, el("summary", {}, `${words.length - SHOWN} more names`), el("ul.names", {}, words.slice(SHOWN))) : null,
    ]);
}

/** Names that are merely alike: one key joins the current pair, another keeps it apart. */
function questions(near) {
  const focused = part("near").contains(document.activeElement);
  asked = near;
  current = Math.max(0, Math.min(current, near.length - 1));
  part("alike").hidden = !near.length;
  part("near").replaceChildren(...near.map((pair, number) => el("li", { tabindex: -1, "aria-current": number === current ? "true" : null, onclick: () => select(number) },
    el("p", {}, el("strong", { dir: "auto" }, pair.name), el("span.quiet", {}, ` (${pair.words} words)`), " and ", el("strong", { dir: "auto" }, pair.other),
      el("span.quiet", {}, pair.listed ? ` (on the list; ${pair.other_words} words)` : ` (${pair.other_words} words)`)),
    el("div.row", {},
      el("button", { onclick: () => judge(pair, true) }, el("kbd", {}, "y"), " One person: ", el("span", { dir: "auto" }, pair.other)),
      el("button", { onclick: () => judge(pair, false) }, el("kbd", {}, "n"), " Two people")))));
  if (focused && near.length) select(current);
}

function select(number) {
  current = number;
  all(part("near"), ":scope > li").forEach((row, place) => {
    if (place === number) row.setAttribute("aria-current", "true"); else row.removeAttribute("aria-current");
  });
  const row = part("near").children[number];
  if (row instanceof HTMLElement && !row.contains(document.activeElement)) row.focus();
}

function judge(pair, same) {
  return decide([{ type: "judge-names", name: pair.name, other: pair.other, same }]);
}

document.addEventListener("keydown", (event) => {
  if (typing(event) || !asked.length) return;
  if (event.key === "j" || event.key === "k") select(Math.max(0, Math.min(asked.length - 1, current + (event.key === "j" ? 1 : -1))));
  else if (event.key === "y" || event.key === "n") judge(asked[current], event.key === "y");
  else return;
  event.preventDefault();
});

drops(part("drop"), part("pick", HTMLInputElement), async (files) => {
  const chosen = files.map((file) => [file, purpose(file.name)]);
  const arrived = await sendAll(session, chosen, part("sending"));
  if (arrived) say(`${arrived} ${arrived === 1 ? "file" : "files"} arrived. Press Rebuild when all are there.`, "good");
  await view(load);
});
view(load);
