// Both editions side by side, whether the checks let them pass, and other words for findings.
import { api, clock, el, part } from "/static/base.js";
import { keyed } from "./keyed.js";
import { decide, here, place, state, view } from "./session.js";

const NAMES = { internal: "Internal edition", circulation: "Edition for circulation" };
const LOOKS = { passed: ".good", stopped: ".bad" };

async function load() {
  const [told, words] = await Promise.all([api("GET", `${here}/editions`), api("GET", `${here}/findings`)]);
  state.version = words.version;
  keyed(part("checks"), [
    [told.gate, told.gate === "passed" ? `Gate: every quote is in the transcript, every count counts (${told.findings} findings, ${told.quotes} quotes)` : `Gate: ${told.gate}`],
    [told.leaks, told.leaks === "passed" ? "Leak scan: nothing found in the edition for circulation" : `Leak scan: ${told.leaks}`],
  ], (check) => check[1], ([outcome, text]) => el(`span.chip${LOOKS[outcome] || ""}`, {}, text));
  keyed(part("editions"), told.editions.map((each) => [each, told.stamp]), ([each]) => each.edition, paper);
  part("wordings", HTMLDetailsElement).hidden = !words.findings.length;
  keyed(part("findings"), words.findings, (each) => each.proposition, finding);
}

function paper([told, stamp]) {
  const name = NAMES[told.edition];
  return el("section.edition", { "aria-label": name },
    el("div.spread", {}, el("h2", {}, name), el("span.row.small", {}, told.files.map((file) => el("a", { href: `${place}/edition/${told.edition}/${file}`, target: file.endsWith(".html") ? "_blank" : null, "aria-label": `${name}, ${file}` }, file.replace("brief.", ""))))),
    told.there
      ? el("iframe", { src: `${place}/edition/${told.edition}/brief.html?${stamp}`, title: name, sandbox: "allow-same-origin" })
      : el("p.notice.warning", {}, `${told.why_not} ${told.remedy}`));
}

/** A finding with the quotes that show it; each can give way to one of the candidates. */
function finding(told) {
  return el("article.finding", { "data-finding": told.proposition }, el("h3", { dir: "auto" }, told.title), el("p.small.quiet", { dir: "auto" }, told.sentence),
    el("ul.passages", {}, told.quotes.map((each) => el(`li${each.gone ? ".rejected" : ""}`, {}, said(each),
      each.gone || !told.candidates.length ? null : el("details", {}, el("summary", {}, "Other words"),
        el("ul.passages", {}, told.candidates.filter((other) => !other.waits).map((other) => el("li", {}, said(other),
          el("button", { onclick: () => decide([{ type: "choose-quote", proposition: told.proposition, words: other.key, instead: each.key }]), "aria-label": `Show this instead: ${other.text}` }, "Show this instead")))))))),
    el("ul.passages.chosen", {}, told.candidates.filter((each) => each.waits).map((each) => el("li", {}, said(each), el("span.chip.warn", {}, "waits for a build")))));
}

function said(quote) {
  return [el("p", { dir: "auto" }, `“${quote.text}”`), el("p.small.quiet", {}, el("span", { dir: "auto" }, quote.who), " ", el("a", { href: `${place}/transcript#${quote.turn}` }, clock(quote.start)))];
}

view(load);
