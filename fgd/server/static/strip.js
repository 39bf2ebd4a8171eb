// The strip under the player: how loud it was, in the colours of who spoke.
import { place } from "./session.js";

const STEP = 100; // milliseconds for each byte of the loudness

export class Strip {
  constructor(canvas, { seek }) {
    this.canvas = canvas;
    this.rows = [];
    this.loud = null;
    this.number = -1;
    this.now = 0;
    this.span = { start: 0, end: 0 };
    canvas.addEventListener("click", (event) => seek(event.offsetX / canvas.clientWidth * this.length));
    new ResizeObserver(() => this.draw()).observe(canvas);
    const style = getComputedStyle(document.body);
    this.quiet = style.getPropertyValue("--line") || "#d5dbe1";
    this.tints = Array.from({ length: 12 }, (_, n) => {
      const probe = document.createElement("i");
      probe.className = `tint-${n}`;
      document.body.append(probe);
      const tint = getComputedStyle(probe).getPropertyValue("--tint");
      probe.remove();
      return tint;
    });
  }

  get length() {
    return Math.max(1, this.duration || 0, this.loud ? this.loud.length * STEP : 0);
  }

  async show(page, number) {
    const source = page.recordings[number];
    this.canvas.hidden = !source || !source.timed || !source.duration;
    this.rows = page.rows.filter((row) => row.recording === number).map((row) => ({ start: row.start, end: row.end, tint: this.tints[page.voices[row.voice].tint % 12] }));
    this.duration = source ? source.duration : 0;
    if (number !== this.number) {
      this.number = number;
      this.loud = null;
      this.draw();
      if (source?.sound) {
        const answer = await fetch(`${place}/loudness/${number}`).catch(() => null);
        if (answer?.ok && this.number === number) this.loud = new Uint8Array(await answer.arrayBuffer());
      }
    }
    this.draw();
  }

  mark(start, end) { this.span = { start, end }; this.over(); }

  at(ms) { this.now = ms; this.over(); }

  /** The picture without cursor is kept, so that following the sound costs nothing. */
  draw() {
    const { canvas } = this;
    const width = Math.round(canvas.clientWidth * devicePixelRatio);
    const height = Math.round(canvas.clientHeight * devicePixelRatio);
    if (!width || !height) return;
    canvas.width = width;
    canvas.height = height;
    this.picture = new OffscreenCanvas(width, height);
    const pen = this.picture.getContext("2d");
    const scale = width / this.length;
    if (this.loud) {
      pen.fillStyle = this.quiet;
      for (let x = 0; x < width; x += 1) this.bar(pen, x, this.loudness(x / scale, (x + 1) / scale), height);
    }
    for (const { start, end, tint } of this.rows) {
      pen.fillStyle = tint;
      const last = Math.max(Math.floor(start * scale) + 1, Math.ceil(end * scale));
      for (let x = Math.floor(start * scale); x < last; x += 1) this.bar(pen, x, this.loud ? this.loudness(x / scale, (x + 1) / scale) : 0.55, height);
    }
    this.over();
  }

  bar(pen, x, share, height) {
    const tall = Math.max(2, share * height);
    pen.fillRect(x, (height - tall) / 2, 1, tall);
  }

  loudness(start, end) {
    let most = 0;
    const last = Math.max(Math.floor(start / STEP) + 1, Math.floor(end / STEP));
    for (let n = Math.floor(start / STEP); n < last && n < this.loud.length; n += 1) most = Math.max(most, this.loud[n]);
    return most / 255;
  }

  over() {
    if (!this.picture) return;
    const pen = this.canvas.getContext("2d");
    const { width, height } = this.canvas;
    const scale = width / this.length;
    pen.clearRect(0, 0, width, height);
    pen.fillStyle = "#1f558222";
    pen.fillRect(this.span.start * scale, 0, Math.max(2, (this.span.end - this.span.start) * scale), height);
    pen.drawImage(this.picture, 0, 0);
    pen.fillStyle = "#1b2733";
    pen.fillRect(this.now * scale, 0, 2 * devicePixelRatio, height);
  }
}
