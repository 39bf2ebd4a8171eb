// What people gave: shown as it was understood, every problem beside what it is about.
import { api, el, say } from "/static/base.js";
import { drops, problems, purpose, sendAll, size } from "./files.js";
import { here, session, view } from "./session.js";

const byId = (id) => document.getElementById(id);

async function load() {
  const [told, glance] = await Promise.all([api("GET", `${here}/setup`), api("GET", `${here}/overview`)]);
  const names = new Set(told.files.map((file) => file.name));
  const about = (test) => problems(glance.issues.filter(test));
  const roster = (issue) => /^(participants|roster)\./i.test(issue.where);
  const guide = (issue) => /^guide\./i.test(issue.where);
  byId("problems").replaceChildren(...about((issue) => !roster(issue) && !guide(issue) && !names.has(issue.where)));
  byId("files").replaceChildren(...about((issue) => names.has(issue.where)), told.files.length
    ? el("table", {}, el("tbody", {}, told.files.map((file) => el("tr", {},
      el("th", { scope: "row", dir: "auto" }, file.name), el("td", {}, file.transcript ? `sound, with the words of ${file.transcript}` : file.kind === "audio" ? "sound" : "transcript"),
      el("td.number", {}, size(file.size))))))
    : el("p.quiet", {}, "None yet: drop one above."));
  byId("people").replaceChildren(...about(roster), told.people.length
    ? el("div.scroll", { tabindex: 0, role: "region", "aria-label": "Participants" }, el("table", {},
      el("thead", {}, el("tr", {}, ["Name", "Role", "Institution", "Country", "Also called"].map((name) => el("th", { scope: "col" }, name)))),
      el("tbody", {}, told.people.map((person) => el("tr", {},
        el("th", { scope: "row", dir: "auto" }, person.name), el("td", {}, person.role), el("td", { dir: "auto" }, person.institution),
        el("td", { dir: "auto" }, person.country), el("td.quiet", { dir: "auto" }, person.aliases.join(", ")))))))
    : el("p.quiet", {}, "No list of participants. Names are then taken only from what was said."));
  byId("guide").replaceChildren(...about(guide), told.sections.length
    ? el("ol.guide", {}, told.sections.map((part) => el("li", {},
      el("strong", { dir: "auto" }, part.title), el("span.quiet.small", {}, ` ${part.kind}${part.minutes ? `, ${part.minutes} min` : ""}`),
      part.text ? el("p.small", { dir: "auto" }, part.text) : null)))
    : el("p.quiet", {}, "No guide. The brief then cannot tell what was asked from what was not."));
  byId("facts").replaceChildren(el("dl.facts", {}, [
    ["Title", told.title], ["Date", told.date || "not given"], ["Languages", told.languages.join(", ") || "not given"],
    ["Rule of attribution", told.rule], ["Consent", told.consent ? "recorded" : "not recorded: no edition for circulation is made"],
  ].map(([name, text]) => [el("dt", {}, name), el("dd", { dir: "auto" }, text)])),
  el("p.quiet.small", {}, "These are in session.toml in the session's folder."));
}

drops(byId("drop"), byId("pick"), async (files) => {
  const chosen = files.map((file) => [file, purpose(file.name)]);
  const arrived = await sendAll(session, chosen, byId("sending"));
  if (arrived) say(`${arrived} ${arrived === 1 ? "file" : "files"} arrived. Press Rebuild when all are there.`, "good");
  await view(load);
});
view(load);
