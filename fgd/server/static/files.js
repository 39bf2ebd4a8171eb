// Files dropped or picked: what each is for, and sending it with its progress shown.
import { el, Refused } from "/static/base.js";

export const PURPOSES = { recording: "recording or transcript", roster: "participants", guide: "guide", floor: "floor log" };

/** What a file is probably for, by its name. */
export function purpose(name) {
  const lower = name.toLowerCase();
  if (lower === "floor.csv") return "floor";
  if (/\.(csv|xlsx|xlsm|tsv)$/.test(lower)) return "roster";
  if (/\.(md|toml)$/.test(lower)) return "guide";
  if (/\.(docx|txt)$/.test(lower) && /guide|agenda|question|programme|program/.test(lower)) return "guide";
  return "recording";
}

/** Rows with a choice of purpose for each file; `chosen` is a list of [file, purpose]. */
export function choices(chosen) {
  return el("table", {}, el("tbody", {}, chosen.map((pair) => {
    const select = el("select", { "aria-label": `Purpose of ${pair[0].name}`, onchange: () => { pair[1] = select.value; } },
      Object.entries(PURPOSES).map(([key, text]) => el("option", { value: key }, text)));
    select.value = pair[1];
    return el("tr", {}, el("td", { dir: "auto" }, pair[0].name), el("td.number.quiet", {}, size(pair[0].size)), el("td", {}, select));
  })));
}

/** Send one file; `show` gets a share between 0 and 1. */
export function send(session, file, kind, show) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("PUT", `/api/s/${encodeURIComponent(session)}/files/${kind}?name=${encodeURIComponent(file.name)}`);
    request.upload.onprogress = (event) => show(event.total ? event.loaded / event.total : 1);
    request.onload = () => {
      let told = {};
      try { told = JSON.parse(request.responseText); } catch { /* the message below will do */ }
      if (request.status < 300) resolve(told); else reject(new Refused(request.status, told));
    };
    request.onerror = () => reject(new Refused(0, { message: "The file was not taken.", remedy: "Is fgd still running, and is the file not too large?" }));
    request.setRequestHeader("content-type", "application/octet-stream");
    request.send(file);
  });
}

/** Send all files one after the other into `place`; resolves to the number that arrived. */
export async function sendAll(session, chosen, place) {
  let arrived = 0;
  for (const [file, kind] of chosen) {
    const bar = el("progress", { max: 1, value: 0, "aria-label": `Sending ${file.name}` });
    const line = el("p", {}, el("span", { dir: "auto" }, file.name), " ", bar);
    place.append(line);
    try {
      await send(session, file, kind, (share) => { bar.value = share; });
      line.remove();
      arrived += 1;
    } catch (problem) {
      if (!(problem instanceof Refused)) throw problem;
      line.replaceWith(el("p.notice.error", { role: "alert" }, el("strong", { dir: "auto" }, file.name), `: ${problem.message} ${problem.remedy}`));
    }
  }
  return arrived;
}

/** Let an element take dropped files, and a hidden field picked ones. */
export function drops(zone, field, take) {
  const stop = (event) => { event.preventDefault(); };
  for (const name of ["dragover", "dragenter"]) {
    document.addEventListener(name, (event) => { stop(event); zone.classList.add("over"); });
  }
  document.addEventListener("dragleave", (event) => { if (!event.relatedTarget) zone.classList.remove("over"); });
  document.addEventListener("drop", (event) => {
    stop(event);
    zone.classList.remove("over");
    const files = [...(event.dataTransfer?.files || [])];
    if (files.length) take(files);
  });
  zone.addEventListener("click", () => field.click());
  zone.addEventListener("keydown", (event) => { if (event.key === "Enter" || event.key === " ") { stop(event); field.click(); } });
  field.addEventListener("change", () => { if (field.files.length) take([...field.files]); field.value = ""; });
}

/** Problems as notices, each with its remedy. */
export function problems(issues) {
  return issues.map((issue) => el(`div.notice.${issue.level === "note" ? "plain" : issue.level}`, {},
    el("strong", { dir: "auto" }, issue.place ? `${issue.where}, ${issue.place}` : issue.where), ": ",
    el("span", { dir: "auto" }, issue.message), issue.remedy ? el("span.quiet", {}, ` ${issue.remedy}`) : null));
}

export function size(bytes) {
  if (bytes < 1e6) return `${Math.max(1, Math.round(bytes / 1e3))} kB`;
  return bytes < 1e9 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(2)} GB`;
}

