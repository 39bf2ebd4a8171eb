// A list that draws only what can be seen: five thousand turns scroll like fifty.

const MARGIN = 600;
const REST = 120;  // milliseconds without scrolling after which rows are finished

export class Turns {
  /**
   * `draw(index)` makes the element of a row, `guess(index)` its likely height, `name(index)` its
   * id; `finish(row)` is called for rows that stay a moment, and must leave their height as it is.
   */
  constructor(scroller, box, { draw, guess, name, finish }) {
    this.scroller = scroller;
    this.box = box;
    this.draw = draw;
    this.guess = guess;
    this.name = name;
    this.finish = finish;
    this.resting = 0;
    this.count = 0;
    this.tops = new Float64Array(1);
    this.known = new Map();
    this.drawn = new Map();
    this.asked = false;
    scroller.addEventListener("scroll", () => this.later(), { passive: true });
    new ResizeObserver(() => { if (scroller.clientWidth !== this.width) { this.width = scroller.clientWidth; this.known.clear(); this.arrange(); } this.later(); }).observe(scroller);
    this.width = scroller.clientWidth;
  }

  /** Show other rows. Heights already measured are kept by name, but for the names in `changed`. */
  show(count, changed = []) {
    this.count = count;
    for (const name of changed) {
      this.known.delete(name);
      this.drawn.get(name)?.remove();
      this.drawn.delete(name);
    }
    this.arrange();
    this.paint();
  }

  /** Throw drawn rows away, so that they are drawn again. */
  forget(names = [...this.drawn.keys()]) {
    for (const name of names) { this.drawn.get(name)?.remove(); this.drawn.delete(name); }
    this.paint();
  }

  arrange() {
    const tops = new Float64Array(this.count + 1);
    for (let n = 0; n < this.count; n += 1) tops[n + 1] = tops[n] + (this.known.get(this.name(n)) ?? this.guess(n));
    this.tops = tops;
    this.box.style.height = `${tops[this.count]}px`;
  }

  /** The row at a height. */
  at(y) {
    let low = 0;
    let high = this.count - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.tops[middle] <= y) low = middle; else high = middle - 1;
    }
    return low;
  }

  later() {
    if (this.asked) return;
    this.asked = true;
    requestAnimationFrame(() => { this.asked = false; this.paint(); });
  }

  paint() {
    clearTimeout(this.resting);
    this.resting = setTimeout(() => { for (const row of this.drawn.values()) this.finish(row); }, REST);
    for (let round = 0; round < 3; round += 1) {
      const top = this.scroller.scrollTop;
      const first = this.at(top - MARGIN);
      const last = this.count ? this.at(top + this.scroller.clientHeight + MARGIN) : -1;
      const wanted = new Map();
      const fresh = [];
      // From below, so that rows stand in the document as they stand on the page.
      let below = null;
      for (let n = last; n >= first; n -= 1) {
        const name = this.name(n);
        let row = this.drawn.get(name);
        if (!row) {
          row = this.draw(n);
          row.dataset.name = name;
          fresh.push(row);
          this.box.insertBefore(row, below);
        }
        below = row;
        wanted.set(name, row);
        row.dataset.index = n;
        row.setAttribute("aria-posinset", n + 1);
        row.setAttribute("aria-setsize", this.count);
        row.style.transform = `translateY(${this.tops[n]}px)`;
      }
      for (const [name, row] of this.drawn) {
        if (!wanted.has(name) && !row.contains(document.activeElement)) row.remove();
        else if (!wanted.has(name)) wanted.set(name, row);
      }
      this.drawn = wanted;
      if (!this.measure(fresh, top)) return;
    }
  }

  /** Take real heights; what lies above the edge of the view must not push the text one reads. */
  measure(fresh, top) {
    const anchor = this.at(top);
    const before = this.tops[anchor];
    let changed = false;
    for (const row of fresh) {
      const height = row.offsetHeight;
      const name = row.dataset.name;
      if (this.known.get(name) !== height) { this.known.set(name, height); changed = true; }
    }
    if (!changed) return false;
    this.arrange();
    const shift = this.tops[anchor] - before;
    if (Math.abs(shift) > 0.5) this.scroller.scrollTop = top + shift;
    return true;
  }

  /** Measure one row again, because what it shows has changed. */
  again(name) {
    const row = this.drawn.get(name);
    if (!row) return;
    this.known.set(name, row.offsetHeight);
    this.arrange();
    this.paint();
  }

  /** Bring a row into view; `middle` puts it there even if it can be seen already. */
  reveal(index, middle = false) {
    for (let round = 0; round < 3; round += 1) {
      const view = this.scroller.clientHeight;
      const [top, end] = [this.tops[index], this.tops[index + 1]];
      const at = this.scroller.scrollTop;
      if (!middle && top >= at && end <= at + view) return;
      this.scroller.scrollTop = middle || top < at - view || end > at + 2 * view ? top - view / 3 : top < at ? top - 12 : Math.min(end - view + 12, top - 12);
      this.paint();
    }
  }
}
