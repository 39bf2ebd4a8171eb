// Both editions side by side, and whether the checks let them pass.
import { api, el } from "/static/web/base.js";
import { here, place, view } from "./session.js";

const NAMES = { internal: "Internal edition", circulation: "Edition for circulation" };
let shown = "";

async function load() {
  const told = await api("GET", `${here}/papers`);
  const good = (state) => ({ passed: "good", stopped: "bad" })[state] || "";
  const chip = (state, text) => el(`span.chip${good(state) ? `.${good(state)}` : ""}`, {}, text);
  document.getElementById("checks").replaceChildren(
    chip(told.gate, told.gate === "passed" ? `Gate: every quote is in the transcript, every count counts (${told.findings} findings, ${told.quotes} quotes)` : `Gate: ${told.gate}`),
    chip(told.leaks, told.leaks === "passed" ? "Leak scan: nothing found in the edition for circulation" : `Leak scan: ${told.leaks}`),
  );
  if (shown === told.stamp && shown) return;
  shown = told.stamp;
  document.getElementById("papers").replaceChildren(...told.editions.map((paper) => el("section.paper", { "aria-label": NAMES[paper.edition] },
    el("div.spread", {}, el("h2", {}, NAMES[paper.edition]), el("span.row.small", {}, paper.files.map((name) => el("a", { href: `${place}/paper/${paper.edition}/${name}`, target: name.endsWith(".html") ? "_blank" : null }, name.replace("brief.", ""))))),
    paper.there
      ? el("iframe", { src: `${place}/paper/${paper.edition}/brief.html?${told.stamp}#glance`, title: NAMES[paper.edition], sandbox: "allow-same-origin" })
      : el("p.notice.warning", {}, `${paper.why_not} ${paper.remedy}`))));
}

view(load);
