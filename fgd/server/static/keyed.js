// Lists drawn again without touching what has not changed. A node that is replaced between the
// press and the release of a button swallows the click, loses the focus and forgets what is open.

const drawn = new WeakMap();

/**
 * Make the children of `parent` show `items`: `key(item)` names an item, `draw(item)` makes its
 * node. A node stays as long as its item does and says the same; `draw` must depend on its item
 * alone, which must be plain data.
 */
export function keyed(parent, items, key, draw) {
  const before = new Map();
  for (const node of parent.children) if (drawn.has(node)) before.set(drawn.get(node).name, node);
  const nodes = items.map((item) => {
    const [name, text] = [String(key(item)), JSON.stringify(item)];
    const known = before.get(name);
    if (known && drawn.get(known).text === text) return known;
    const made = draw(item);
    drawn.set(made, { name, text });
    return made;
  });
  const stay = new Set(nodes);
  for (const node of [...parent.childNodes]) if (!stay.has(node)) node.remove();
  let next = parent.firstChild;
  for (const node of nodes) {
    if (node === next) next = next.nextSibling; else parent.insertBefore(node, next);
  }
}

/** The same for a part of a page that is drawn whole. */
export function whole(parent, item, draw) {
  keyed(parent, [item], () => "", draw);
}

let held = false;
const waiting = [];

function letGo() {
  held = false;
  // The click comes after the release, in the same turn of the browser's loop.
  setTimeout(() => { for (const go of waiting.splice(0)) go(); });
}

document.addEventListener("pointerdown", () => { held = true; }, true);
for (const name of ["pointerup", "pointercancel", "dragend", "blur"]) window.addEventListener(name, letGo, true);
// Let go outside of the window: nobody told us, but no button is down any more.
document.addEventListener("pointermove", (event) => { if (held && !event.buttons) letGo(); }, true);

/** Resolves when no button is pressed: what is drawn then swallows no click. */
export function released() {
  return held ? new Promise((done) => { waiting.push(done); }) : Promise.resolve();
}
