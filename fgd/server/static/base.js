// What every page shares: talking to the server, making elements, saying things, telling time.
// All text goes into the page as text, never as markup.

export class Refused extends Error {
  constructor(status, told) {
    super(told.message || "The server did not answer as expected.");
    this.status = status;
    this.remedy = told.remedy || "";
    this.told = told;
  }
}

/**
 * The element with this id, which must be there and of this kind.
 * @template {HTMLElement} [T=HTMLElement]
 * @param {string} id
 * @param {new () => T} [kind]
 * @returns {T}
 */
export function part(id, kind) {
  const found = document.getElementById(id);
  if (!(found instanceof (kind ?? HTMLElement))) throw new Error(`This page has no ${kind?.name ?? "element"} "${id}".`);
  return /** @type {T} */ (found);
}

/**
 * The elements below another one that a selector finds.
 * @param {ParentNode} root
 * @param {string} selector
 * @returns {HTMLElement[]}
 */
export function all(root, selector) {
  return /** @type {HTMLElement[]} */ ([...root.querySelectorAll(selector)]);
}

/**
 * The nearest element around what an event happened to that a selector finds.
 * @param {Event} event
 * @param {string} selector
 * @returns {HTMLElement | null}
 */
export function around(event, selector) {
  return event.target instanceof Element ? event.target.closest(selector) : null;
}

/** Ask the server; the answer is decoded JSON. Throws Refused; status 0: it cannot be reached. */
export async function api(method, path, body) {
  let answer;
  try {
    answer = await fetch(path, {
      method,
      headers: body === undefined ? {} : { "content-type": "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch {
    throw new Refused(0, { message: "The server cannot be reached.", remedy: "Is fgd still running?" });
  }
  const told = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Refused(answer.status, told);
  return told;
}

/** An element: el("button.main", {onclick, title}, "text", child, ...). */
export function el(kind, given = {}, ...children) {
  const [tag, ...classes] = kind.split(".");
  const made = document.createElement(tag);
  if (classes.length) made.className = classes.join(" ");
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (name === "value" || name === "checked" || name === "disabled") made[name] = value;
    else made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.flat(Infinity).filter((each) => each !== null && each !== undefined && each !== false));
  return made;
}

/** Say something in the corner; `action` is [label, function]. Errors stay until closed. */
export function say(text, kind = "", action = null) {
  const place = part("messages");
  const note = el(`div.notice${kind ? `.${kind}` : ""}`, {}, el("span", { dir: "auto" }, text));
  const close = () => note.remove();
  if (action) note.append(el("button", { onclick: () => { close(); action[1](); } }, action[0]));
  else note.append(el("button.plain", { onclick: close, "aria-label": "Close this message" }, "×"));
  while (place.children.length > 3) place.firstChild.remove();
  place.append(note);
  if (kind !== "error") setTimeout(close, action ? 9000 : 5000);
  return note;
}

/** Say why something was refused. */
export function complain(problem) {
  if (!(problem instanceof Refused)) throw problem;
  say([problem.message, problem.remedy].filter(Boolean).join(" "), "error");
}

/** Milliseconds as 0:00:00, as the transcripts print them. */
export function clock(ms) {
  const s = Math.floor(ms / 1000);
  const two = (n) => String(n).padStart(2, "0");
  return `${Math.floor(s / 3600)}:${two(Math.floor(s / 60) % 60)}:${two(s % 60)}`;
}

/** Whether a key press belongs to a field and not to the page. */
export function typing(event) {
  return event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")
    || around(event, "input, select, textarea, [contenteditable]");
}
