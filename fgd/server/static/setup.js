// What people gave: shown as it was understood, every problem beside what it is about.
import { api, el, part, say } from "/static/base.js";
import { drops, problems, purpose, sendAll, size } from "./files.js";
import { here, session, view } from "./session.js";


async function load() {
  const [told, glance] = await Promise.all([api("GET", `${here}/setup`), api("GET", `${here}/overview`)]);
  const names = new Set(told.files.map((file) => file.name));
  const about = (test) => problems(glance.issues.filter(test));
  const roster = (issue) => /^(participants|roster)\./i.test(issue.where);
  const guide = (issue) => /^guide\./i.test(issue.where);
  part("problems").replaceChildren(...about((issue) => !roster(issue) && !guide(issue) && !names.has(issue.where)));
  part("files").replaceChildren(...about((issue) => names.has(issue.where)), told.files.length
    ? el("table", {}, el("tbody", {}, told.files.map((file) => el("tr", {},
      el("th", { scope: "row", dir: "auto" }, file.name), el("td", {}, file.transcript ? `sound, with the words of ${file.transcript}` : file.kind === "audio" ? "sound" : "transcript"),
      el("td.number", {}, size(file.size))))))
    : el("p.quiet", {}, "None yet: drop one above."));
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
    ["Title", told.title], ["Date", told.date || "not given"], ["Languages", told.languages.join(", ") || "not given"],
    ["Rule of attribution", told.rule], ["Consent", told.consent ? "recorded" : "not recorded: no edition for circulation is made"],
  ].map(([name, text]) => [el("dt", {}, name), el("dd", { dir: "auto" }, text)])),
  el("p.quiet.small", {}, "These are in session.toml in the session's folder."));
}

drops(part("drop"), part("pick", HTMLInputElement), async (files) => {
  const chosen = files.map((file) => [file, purpose(file.name)]);
  const arrived = await sendAll(session, chosen, part("sending"));
  if (arrived) say(`${arrived} ${arrived === 1 ? "file" : "files"} arrived. Press Rebuild when all are there.`, "good");
  await view(load);
});
view(load);
