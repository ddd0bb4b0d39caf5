// Paints rows of the timeline: rectangles into a buffer of pixels, since a frame may have a hundred thousand of them, then
// names with the canvas. What is narrower than a pixel adds up in columns, so the picture stays true at every zoom.
import { flag, paint, pixel, css } from "tacho/timeline/colours.js";
import { bucketWidth, lowerBound } from "tacho/timeline/tiles.js";
import { isGroup, sizes } from "tacho/timeline/rows.js";
import { ticks } from "tacho/timeline/axis.js";

/** Names are set in slices at least so wide, in CSS pixels. */
const leastName = 26;

export class Painter {
  /** @param {HTMLCanvasElement} canvas @param {import("tacho/timeline/tiles.js").TileCache} tiles */
  constructor(canvas, tiles) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d", { alpha: false });
    this.tiles = tiles;
    this.widths = new Map();
    this.clips = new Map();
  }

  /** @param {object} colours Of `theme()`. */
  setTheme(colours) {
    this.colours = colours;
    this.paints = [];
    this.noLabel = paint(null, colours);
  }

  resize(width, height, scale) {
    this.scale = scale;
    this.canvas.width = Math.max(1, Math.round(width * scale));
    this.canvas.height = Math.max(1, Math.round(height * scale));
    this.canvas.style.width = `${width}px`;
    this.canvas.style.height = `${height}px`;
    this.image = this.context.createImageData(this.canvas.width, this.canvas.height);
    this.pixels = new Uint32Array(this.image.data.buffer);
    const columns = this.canvas.width;
    this.covered = new Float32Array(columns);
    this.heaviest = new Float32Array(columns);
    this.labelOf = new Int32Array(columns);
    this.tops = new Int32Array(columns);
    this.fills = new Uint32Array(columns);
    this.hatches = new Uint32Array(columns);
    /** Start, duration and label of what is at least a pixel wide. */
    this.wide = [];
    this.font = `${Math.round(11 * scale)}px system-ui, "Segoe UI", "Noto Sans", "DejaVu Sans", sans-serif`;
    this.widths.clear();
    this.clips.clear();
  }

  /**
   * @param {object} view `from`, `to` in ns, `top` of the picture in CSS pixels from the first row.
   * @param {import("tacho/timeline/rows.js").Rows} rows
   * @param {(label: number) => object | undefined} labelOf
   */
  draw(view, rows, labelOf) {
    const { canvas, context, scale } = this;
    this.view = view;
    this.rows = rows;
    this.label = labelOf;
    this.perPixel = (view.to - view.from) / canvas.width;
    this.level = this.tiles.level(this.perPixel);
    this.names = [];
    this.clear();
    for (const row of rows.list) this.row(row, row.isPinned ? 0 : view.top);
    context.putImageData(this.image, 0, 0);
    context.font = this.font;
    context.textBaseline = "middle";
    for (const name of this.names) {
      context.fillStyle = name.colour;
      context.fillText(name.text, name.x, name.y);
    }
    this.names.length = 0;
    if (rows.pinnedHeight > 0) {
      context.fillStyle = css(this.colours.dim);
      context.fillRect(0, Math.round(rows.pinnedHeight * scale) - Math.ceil(scale), canvas.width, Math.ceil(scale));
    }
  }

  x(time) { return (time - this.view.from) / this.perPixel; }

  // Rows

  clear() {
    const { canvas, colours } = this;
    const back = pixel(colours.back);
    this.pixels.fill(back);
    const grid = pixel(colours.grid);
    for (const tick of ticks(this.view, canvas.width / this.scale).list) {
      const x = Math.round(this.x(tick));
      if (x < 0 || x >= canvas.width) continue;
      for (let at = x; at < this.pixels.length; at += canvas.width) this.pixels[at] = grid;
    }
  }

  row(row, scrolled) {
    const top = (row.top - scrolled) * this.scale;
    const bottom = top + row.height * this.scale;
    const clip = row.isPinned ? 0 : this.rows.pinnedHeight * this.scale;
    if (bottom <= clip || top >= this.canvas.height) return;
    this.clipTop = Math.max(0, Math.round(clip));
    const line = Math.round(bottom) - 1;
    if (line >= this.clipTop && line < this.canvas.height) {
      this.pixels.fill(pixel(this.colours.line), line * this.canvas.width, (line + 1) * this.canvas.width);
    }
    if (row.track.kind === "counter") this.counter(row, top, bottom);
    else if (isGroup(row.track)) this.group(row, top, bottom);
    else this.slices(row, top);
  }

  slices(row, top) {
    const lane = sizes.lane * this.scale;
    const first = top + sizes.gap / 2 * this.scale;
    for (let number = 0; number < row.lanes; number++) {
      const y = Math.round(first + number * lane);
      const y2 = Math.round(first + (number + 1) * lane) - 1;
      if (y2 <= this.clipTop || y >= this.canvas.height) continue;
      this.lane([row.id], number, y, y2, true);
    }
  }

  /** A folded group shows where anything below it is busy. */
  group(row, top, bottom) {
    if (!row.isFolded) return;
    const height = sizes.folded * this.scale;
    const y = Math.round((top + bottom - height) / 2);
    this.lane(this.rows.leaves(row.id).filter((id) => this.rows.tracks[id].lanes > 0), 0, y, y + Math.round(height), false);
  }

  // Lanes

  lane(tracks, number, y, y2, hasNames) {
    this.covered.fill(0);
    this.heaviest.fill(0);
    this.labelOf.fill(-1);
    this.wide.length = 0;
    for (const track of tracks) {
      this.tiles.visit(track, this.level, this.view.from, this.view.to, (content, from, to, level) => {
        const lane = content.get(number);
        if (lane && lane.buckets > 0) this.addBuckets(lane, from, to, bucketWidth(level));
      }, (content) => {
        const lane = content.get(number);
        if (lane && lane.slices > 0) this.addSlices(lane);
      });
    }
    this.columns(y, y2);
    const { wide } = this;
    for (let index = 0; index < wide.length; index += 3) this.slice(wide[index], wide[index + 1], wide[index + 2], y, y2, hasNames);
  }

  /** Adds what buckets hold to the columns that they lie in: one or two, or more while finer tiles are on their way. */
  addBuckets(lane, from, to, nanoseconds) {
    const { bucketStart, busy, bucketLabel, buckets } = lane;
    const scale = 1 / this.perPixel;
    const width = nanoseconds * scale;
    const origin = this.view.from;
    for (let index = lowerBound(bucketStart, from - nanoseconds); index < buckets && bucketStart[index] <= to; index++) {
      const start = bucketStart[index];
      // Instants have no time: the least height shows them all the same.
      if (width <= 1) this.add((start - origin) * scale, width, busy[index] * scale, bucketLabel[index]);
      else this.spread((Math.max(start, from) - origin) * scale, (Math.min(start + nanoseconds, to) - origin) * scale, busy[index] * scale / width, bucketLabel[index]);
    }
  }

  addSlices(lane) {
    const { start, duration, label, slices } = lane;
    const scale = 1 / this.perPixel;
    const { from, to } = this.view;
    const { wide } = this;
    // Slices of a lane follow each other: the one before the first that starts in the picture may reach in.
    for (let index = Math.max(0, lowerBound(start, from) - 1); index < slices && start[index] <= to; index++) {
      const width = duration[index] * scale;
      if (width < 1) this.add((start[index] - from) * scale, width, width, label[index]);
      else wide.push(start[index], duration[index], label[index]);
    }
  }

  /** Something no wider than a pixel. */
  add(x, width, busy, label) {
    const { covered, heaviest, labelOf } = this;
    const column = Math.floor(x);
    const beyond = x + width - column - 1;
    const rest = beyond > 0 ? busy * beyond / width : 0;
    const here = busy - rest;
    if (column >= 0 && column < covered.length) {
      covered[column] += here;
      if (here + 1e-4 > heaviest[column]) { heaviest[column] = here + 1e-4; labelOf[column] = label; }
    }
    if (rest > 0 && column + 1 >= 0 && column + 1 < covered.length) {
      covered[column + 1] += rest;
      if (rest > heaviest[column + 1]) { heaviest[column + 1] = rest; labelOf[column + 1] = label; }
    }
  }

  /** Something wider than a pixel of which a share is busy, wherever in it. */
  spread(x, x2, share, label) {
    const { covered, heaviest, labelOf } = this;
    const last = Math.min(covered.length - 1, Math.ceil(x2) - 1);
    for (let column = Math.max(0, Math.floor(x)); column <= last; column++) {
      // Of a column at its edge it has a part, its neighbour the rest.
      const busy = share * (Math.min(column + 1, x2) - Math.max(column, x));
      covered[column] += busy;
      if (busy + 1e-4 > heaviest[column]) { heaviest[column] = busy + 1e-4; labelOf[column] = label; }
    }
  }

  /** The height of a column is the share of its time that is busy. */
  columns(y, y2) {
    const { covered, labelOf, canvas, pixels, tops, fills, hatches } = this;
    const columns = canvas.width;
    const height = y2 - y;
    const least = Math.max(2, Math.round(2 * this.scale));
    let highest = y2;
    for (let column = 0; column < columns; column++) {
      const label = labelOf[column];
      if (label < 0) { tops[column] = y2; continue; }
      const top = y2 - Math.max(least, Math.min(height, Math.round(covered[column] * height)));
      const style = this.style(label);
      tops[column] = top;
      fills[column] = style.fill;
      hatches[column] = style.hatch;
      if (top < highest) highest = top;
    }
    const end = Math.min(y2, canvas.height);
    for (let line = Math.max(highest, this.clipTop); line < end; line++) {
      const row = line * columns;
      for (let column = 0; column < columns; column++) {
        if (line < tops[column]) continue;
        pixels[row + column] = hatches[column] !== 0 && (line + column) % 6 < 2 ? hatches[column] : fills[column];
      }
    }
  }

  slice(start, duration, label, y, y2, hasNames) {
    const { canvas, pixels } = this;
    const from = this.x(start);
    const to = from + duration / this.perPixel;
    if (to < 0 || from >= canvas.width) return;
    const x = Math.max(0, Math.round(from));
    let x2 = Math.min(canvas.width, Math.max(x + 1, Math.round(to)));
    // A line of the background keeps neighbours apart, where there is room for it.
    if (x2 - x > 3 && x2 < canvas.width) x2 -= 1;
    const style = this.style(label);
    const low = Math.max(y, this.clipTop);
    const end = Math.min(y2, canvas.height);
    for (let line = low; line < end; line++) {
      const row = line * canvas.width;
      if (!style.hatch) pixels.fill(style.fill, row + x, row + x2);
      else for (let column = x; column < x2; column++) pixels[row + column] = (line + column) % 6 < 2 ? style.hatch : style.fill;
    }
    if (!hasNames || x2 - x < leastName * this.scale || y < this.clipTop) return;
    const known = this.label(label);
    if (!known) return;
    const room = x2 - x - 8 * this.scale;
    const text = this.clipped(known.flags & flag.open ? `${known.name} …` : known.name, room);
    if (!text) return;
    if (style.hatch) {
      const half = Math.ceil(this.width(text)) + 4 * this.scale;
      for (let line = low + 2; line < end - 2; line++) pixels.fill(style.fill, line * canvas.width + x + Math.round(2 * this.scale), line * canvas.width + Math.min(x2, x + Math.round(half + 2 * this.scale)));
    }
    this.names.push({ text, x: x + 4 * this.scale, y: (y + y2) / 2 + 0.5, colour: style.hatch ? css(this.colours.text) : style.text });
  }

  style(label) {
    const known = this.paints[label];
    if (known) return known;
    const value = this.label(label);
    if (!value) return this.noLabel;
    return (this.paints[label] = paint(value, this.colours));
  }

  // Names

  width(text) {
    let width = this.widths.get(text);
    if (width === undefined) {
      this.context.font = this.font;
      width = this.context.measureText(text).width;
      if (this.widths.size > 20000) this.widths.clear();
      this.widths.set(text, width);
    }
    return width;
  }

  /** The text as far as it fits, with an ellipsis where it does not; empty where nothing of it would be told. */
  clipped(text, room) {
    if (text.length > 400) text = text.slice(0, 400);
    if (this.width(text) <= room) return text;
    const known = this.clips.get(text);
    // Widths between two steps take the smaller step's text, so that it is found again while zooming.
    const step = Math.floor(room / (6 * this.scale));
    if (known?.has(step)) return known.get(step);
    const width = step * 6 * this.scale;
    let low = 0;
    let high = text.length;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.width(`${text.slice(0, middle)}…`) <= width) low = middle; else high = middle - 1;
    }
    const result = low >= 2 ? `${text.slice(0, low).trimEnd()}…` : "";
    if (this.clips.size > 5000) this.clips.clear();
    if (!this.clips.has(text)) this.clips.set(text, new Map());
    this.clips.get(text).set(step, result);
    return result;
  }

  // Counters

  /** Band from least to greatest in each column, and the mean as a line; where there are no samples, what the last one left. */
  counter(row, top, bottom) {
    const { canvas, pixels, view, perPixel, colours } = this;
    const columns = canvas.width;
    const least = new Float64Array(columns).fill(Infinity);
    const greatest = new Float64Array(columns).fill(-Infinity);
    const sum = new Float64Array(columns);
    const count = new Float64Array(columns);
    // A bucket without samples is what is held from there on.
    const last = new Float64Array(columns).fill(NaN);
    let before = null;
    const level = Math.max(this.level, row.track.base_level);
    this.tiles.visitCounter(row.id, level, view.from, view.to, (content) => {
      for (let index = 0; index < content.time.length; index++) {
        const column = Math.floor((content.time[index] - view.from) / perPixel);
        if (column < 0) { before = content.mean[index]; continue; }
        if (column >= columns) break;
        least[column] = Math.min(least[column], content.least[index]);
        greatest[column] = Math.max(greatest[column], content.greatest[index]);
        last[column] = content.mean[index];
        sum[column] += content.mean[index] * content.count[index];
        count[column] += content.count[index];
      }
    });
    const most = row.track.maximum > 0 ? row.track.maximum : 1;
    const high = bottom - top - 8 * this.scale;
    const y = (value) => Math.round(bottom - 2 * this.scale - Math.max(0, Math.min(1, value / most)) * high);
    const line = pixel(colours.counter);
    const area = pixel(colours.counter.map((value, index) => Math.round(value * 0.25 + colours.back[index] * 0.75)));
    const base = y(0);
    let value = before;
    const fill = (column, from, to, colour) => {
      for (let at = Math.max(from, this.clipTop); at <= Math.min(to, canvas.height - 1); at++) pixels[at * columns + column] = colour;
    };
    for (let column = 0; column < columns; column++) {
      const here = count[column] > 0 ? sum[column] / count[column] : Number.isNaN(last[column]) ? value : last[column];
      if (here === null) continue;
      fill(column, y(here), base, area);
      const low = count[column] > 0 ? Math.min(least[column], value ?? here) : here;
      const top2 = count[column] > 0 ? Math.max(greatest[column], value ?? here) : here;
      fill(column, y(top2), Math.max(y(low), y(top2) + Math.round(this.scale) - 1), line);
      value = Number.isNaN(last[column]) ? here : last[column];
    }
  }
}
