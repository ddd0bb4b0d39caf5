// What lies over the picture and changes with every move of the pointer: the slice under it, the chosen one with its
// chain and arrows, matches, the box, bookmarks, and the axis of time above.
import { css } from "tacho/timeline/colours.js";
import { sizes } from "tacho/timeline/rows.js";
import { ticks, timeText } from "tacho/timeline/axis.js";
import { duration } from "tacho/format.js";

export class Overlay {
  /** @param {HTMLCanvasElement} canvas @param {HTMLCanvasElement} ruler */
  constructor(canvas, ruler) {
    this.canvas = canvas;
    this.ruler = ruler;
    this.context = canvas.getContext("2d");
    this.rulerContext = ruler.getContext("2d");
  }

  resize(width, height, rulerHeight, scale) {
    this.width = width;
    this.height = height;
    this.rulerHeight = rulerHeight;
    for (const [canvas, tall] of [[this.canvas, height], [this.ruler, rulerHeight]]) {
      canvas.width = Math.max(1, Math.round(width * scale));
      canvas.height = Math.max(1, Math.round(tall * scale));
      canvas.style.width = `${width}px`;
      canvas.style.height = `${tall}px`;
      canvas.getContext("2d").setTransform(scale, 0, 0, scale, 0, 0);
    }
  }

  x(time) { return (time - this.view.from) / (this.view.to - this.view.from) * this.width; }

  /** Where a slice lies: null where its row is folded away. */
  place(slice) {
    const row = this.rows.of(slice.track);
    if (!row) return null;
    const lane = row.isFolded ? 0 : slice.lane;
    const top = row.top - (row.isPinned ? 0 : this.view.top) + sizes.gap / 2 + lane * sizes.lane;
    const x = this.x(slice.start_ns);
    return { x, x2: Math.max(x + 3, this.x(slice.start_ns + slice.duration_ns)), y: top, y2: top + sizes.lane - 1, isPinned: row.isPinned };
  }

  draw(view, rows, state, colours) {
    const { context } = this;
    this.view = view;
    this.rows = rows;
    this.colours = colours;
    context.clearRect(0, 0, this.width, this.height);
    if (state.bookmarks) for (const bookmark of state.bookmarks) this.stretch(bookmark.from_ns, bookmark.to_ns, colours.isDark ? "#f0c36d18" : "#e69f0014");
    if (view.isAligned) this.zero();
    this.box(state.box);
    if (state.chain) this.chain(state.chain);
    if (state.chosen) this.frame(state.chosen, css(colours.accent), 2);
    if (state.hover) this.frame(state.hover, css(colours.dim), 1);
    if (state.cursor !== null && state.cursor !== undefined) {
      const x = Math.round(this.x(state.cursor)) + 0.5;
      context.strokeStyle = colours.isDark ? "#ffffff30" : "#00000028";
      context.lineWidth = 1;
      context.beginPath();
      context.moveTo(x, 0);
      context.lineTo(x, this.height);
      context.stroke();
    }
    this.axis(state);
  }

  /** Where reports are aligned. */
  zero() {
    const x = Math.round(this.x(this.view.zero)) + 0.5;
    if (x < 0 || x > this.width) return;
    this.context.strokeStyle = css(this.colours.text);
    this.context.lineWidth = 1;
    this.context.setLineDash([2, 3]);
    this.context.beginPath();
    this.context.moveTo(x, 0);
    this.context.lineTo(x, this.height);
    this.context.stroke();
    this.context.setLineDash([]);
  }

  stretch(from, to, fill) {
    const x = this.x(from);
    const x2 = this.x(to);
    if (x2 < 0 || x > this.width) return;
    this.context.fillStyle = fill;
    this.context.fillRect(Math.max(0, x), 0, Math.max(1, Math.min(this.width, x2) - Math.max(0, x)), this.height);
  }

  box(box) {
    if (!box) return;
    const { context, colours } = this;
    const x = Math.max(-2, this.x(box.from));
    const x2 = Math.min(this.width + 2, this.x(box.to));
    let [y, y2] = [0, this.height];
    if (box.top !== null) [y, y2] = [box.top - this.view.top, box.bottom - this.view.top];
    context.fillStyle = colours.isDark ? "#ffffff14" : "#00000010";
    context.fillRect(x, y, Math.max(1, x2 - x), y2 - y);
    context.strokeStyle = colours.isDark ? "#ffffffb0" : "#000000a0";
    context.lineWidth = 1;
    context.setLineDash([5, 3]);
    context.strokeRect(Math.round(x) + 0.5, Math.round(y) + 0.5, Math.max(1, Math.round(x2 - x)), Math.max(1, Math.round(y2 - y) - 1));
    context.setLineDash([]);
  }

  clip(place) {
    this.context.save();
    this.context.beginPath();
    const top = place.isPinned ? 0 : this.rows.pinnedHeight;
    this.context.rect(0, top, this.width, this.height - top);
    this.context.clip();
  }

  frame(slice, colour, width) {
    const place = this.place(slice);
    if (!place || place.x2 < 0 || place.x > this.width) return;
    const { context } = this;
    this.clip(place);
    context.strokeStyle = colour;
    context.lineWidth = width;
    const x = Math.max(-4, place.x);
    const x2 = Math.min(this.width + 4, place.x2);
    context.strokeRect(x - 0.5, place.y - 0.5, x2 - x + 0.5, place.y2 - place.y + 1);
    context.restore();
  }

  chain(chain) {
    const { context, colours } = this;
    const places = chain.links.map((link) => this.place(link));
    const colour = colours.isDark ? "#ffd866" : "#a03000";
    for (const [index, link] of chain.links.entries()) if (index > 0) this.frame(link, colour, 1.5);
    context.strokeStyle = colour;
    context.fillStyle = colour;
    context.lineWidth = 1.25;
    let drawn = 0;
    for (const [from, to] of chain.arrows) {
      const a = places[from];
      const b = places[to];
      if (!a || !b || drawn > 120) continue;
      if (Math.max(a.x, b.x) < -50 && Math.max(a.x2, b.x2) < -50 || Math.min(a.x, b.x) > this.width + 50) continue;
      drawn += 1;
      this.arrow(a, b);
    }
  }

  /** From the start of the cause to the start of the effect, bent so that both ends meet their rows upright. */
  arrow(a, b) {
    const { context } = this;
    const down = b.y >= a.y;
    const clamp = (value) => Math.max(-1000, Math.min(this.width + 1000, value));
    const x = clamp(a.x + Math.min(4, (a.x2 - a.x) / 2));
    const x2 = clamp(b.x + Math.min(4, (b.x2 - b.x) / 2));
    const y = down ? a.y2 : a.y;
    const y2 = down ? b.y : b.y2;
    const bend = Math.max(10, Math.abs(y2 - y) / 2);
    this.context.beginPath();
    context.moveTo(x, y);
    context.bezierCurveTo(x, y + (down ? bend : -bend), x2, y2 - (down ? bend : -bend), x2, y2);
    context.stroke();
    context.beginPath();
    context.moveTo(x2, y2);
    context.lineTo(x2 - 3.5, y2 - (down ? 6 : -6));
    context.lineTo(x2 + 3.5, y2 - (down ? 6 : -6));
    context.fill();
  }

  axis(state) {
    const { rulerContext: context, colours, view } = this;
    const height = this.rulerHeight;
    context.clearRect(0, 0, this.width, height);
    context.font = "11px system-ui, \"Segoe UI\", \"Noto Sans\", \"DejaVu Sans\", sans-serif";
    context.textBaseline = "middle";
    if (state.box) {
      context.fillStyle = colours.isDark ? "#ffffff24" : "#00000018";
      const x = Math.max(0, this.x(state.box.from));
      context.fillRect(x, 0, Math.max(1, Math.min(this.width, this.x(state.box.to)) - x), height);
    }
    const { step, list } = ticks(view, this.width);
    const most = Math.max(Math.abs(view.from - view.zero), Math.abs(view.to - view.zero));
    for (const tick of list) {
      const x = Math.round(this.x(tick)) + 0.5;
      context.strokeStyle = css(colours.line);
      context.beginPath();
      context.moveTo(x, height - 7);
      context.lineTo(x, height);
      context.stroke();
      const text = timeText(tick - view.zero, step, most);
      if (x + 4 + context.measureText(text).width > this.width) continue;
      context.fillStyle = css(colours.dim);
      context.fillText(text, x + 4, height / 2 + 1);
    }
    for (const bookmark of state.bookmarks ?? []) {
      const x = this.x(bookmark.from_ns);
      if (x < -10 || x > this.width) continue;
      context.fillStyle = colours.isDark ? "#f0c36d" : "#b87400";
      context.beginPath();
      context.moveTo(x, 1);
      context.lineTo(x + 9, 1);
      context.lineTo(x + 9, 10);
      context.lineTo(x + 4.5, 6);
      context.lineTo(x, 10);
      context.fill();
    }
    if (state.box) {
      const text = duration(Math.round(state.box.to - state.box.from));
      const middle = (Math.max(0, this.x(state.box.from)) + Math.min(this.width, this.x(state.box.to))) / 2;
      const width = context.measureText(text).width + 10;
      const x = Math.max(0, Math.min(this.width - width, middle - width / 2));
      context.fillStyle = css(colours.text);
      context.fillRect(x, 3, width, height - 8);
      context.fillStyle = css(colours.back);
      context.fillText(text, x + 5, height / 2);
    }
  }
}
