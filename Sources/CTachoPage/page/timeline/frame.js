// The frame of the timeline: its parts on the page, what is shown, and drawing it before the next frame of the screen.
import { element, errorCard, printable, replace } from "tacho/dom.js";
import { duration, plural } from "tacho/format.js";
import { TileCache, bucketWidth } from "tacho/timeline/tiles.js";
import { Rows } from "tacho/timeline/rows.js";
import { Painter } from "tacho/timeline/painter.js";
import { Overlay } from "tacho/timeline/overlay.js";
import { RowList } from "tacho/timeline/list.js";
import { Panel } from "tacho/timeline/panel.js";
import { theme } from "tacho/timeline/colours.js";
import { timeText } from "tacho/timeline/axis.js";

const rulerHeight = 26;
/** The shortest stretch of time that is shown. */
const leastSpan = 20;

/** A stretch of time that lies between a begin and an end, or a little around these. */
export function within(from, to, begin, end) {
  const length = end - begin;
  const span = Math.min(Math.max(leastSpan, to - from), length * 1.04);
  const start = Math.min(Math.max((from + to - span) / 2, begin - length * 0.02 - span * 0.02), begin + length * 1.02 + span * 0.02 - span);
  return [start, start + span];
}

export class TimelineFrame {
  /**
   * @param {HTMLElement} container
   * @param {object} context Of a view.
   * @param {object} source Of `timelineOf()`.
   * @param {object} data What `source.overview()` answered.
   */
  constructor(container, context, source, data) {
    this.container = container;
    this.context = context;
    this.source = source;
    this.data = data;
    this.labels = new Array(data.labels);
    this.labelPages = new Set();
    this.rows = new Rows(data.tracks);
    this.colours = theme(this.isDark());
    this.state = { hover: null, chosen: null, chain: null, box: null, cursor: null, bookmarks: data.bookmarks };
    /** Times in ns since the timeline's origin; `zero`: what the axis and all times that are told count from. */
    this.view = { from: 0, to: Math.max(1, data.length_ns), top: 0, zero: 0, isAligned: false };
    this.boxMode = false;
    this.width = 1;
    this.height = 1;
    this.tiles = new TileCache((tiles, tracks) => source.tiles(tiles, tracks),
      (track) => data.tracks[track]?.kind === "counter", data.levels, (error) => this.tilesArrived(error), (track) => data.embedded?.finest[track] ?? 0);
    this.build();
  }

  /** What it is called by those who do not see it. */
  get title() { return `the timeline of ${this.context.report.name}`; }

  isDark() {
    return document.documentElement.dataset.theme === "dark"
      || (!document.documentElement.dataset.theme && matchMedia("(prefers-color-scheme: dark)").matches);
  }

  // The page

  build() {
    this.nodes = {
      search: element("input", { type: "search", placeholder: "Search names", "aria-label": "Search names of slices", autocomplete: "off" }),
      matches: element("span", { class: "tl-count", role: "status" }),
      range: element("span", { class: "tl-range" }),
      corner: element("div", { class: "tl-corner" }, plural(this.data.slices, "slice")),
      ruler: element("div", { class: "tl-ruler", title: "Drag to choose a stretch of time" }),
      list: element("div", { class: "tl-list" }),
      plot: element("div", {
        class: "tl-plot", tabindex: 0, role: "application", "aria-roledescription": "timeline",
        "aria-label": "Timeline. Arrow keys move between slices and rows, W and S zoom, A and D move, question mark lists all keys.",
      }),
      tip: element("div", { class: "tl-tip", hidden: true, "aria-hidden": "true" }),
      live: element("div", { class: "visually-hidden", role: "status", "aria-live": "polite" }),
      panel: element("section", { class: "tl-panel", "aria-label": `Details of ${this.title}` }),
      limit: element("p", { class: "tl-limit", role: "status", hidden: true }),
    };
    const canvas = element("canvas", { "aria-hidden": "true" });
    const over = element("canvas", { "aria-hidden": "true" });
    const axis = element("canvas", { "aria-hidden": "true" });
    this.nodes.plot.append(canvas, over);
    this.nodes.ruler.append(axis);
    this.nodes.box = this.button("▭ Box", "Draw boxes by dragging (or hold Shift)", () => this.setBoxMode(!this.boxMode), { "aria-pressed": "false" });
    replace(this.container, this.bar(),
      element("div", { class: "tl-main" }, this.nodes.corner, this.nodes.ruler, this.nodes.list, this.nodes.plot, this.nodes.limit),
      this.nodes.panel, this.nodes.tip, this.nodes.live);
    this.painter = new Painter(canvas, this.tiles);
    this.painter.setTheme(this.colours);
    this.overlay = new Overlay(over, axis);
    this.list = new RowList(this.nodes.list, this);
    this.panel = new Panel(this.nodes.panel, this);
    this.observer = new ResizeObserver(() => this.layout());
    this.observer.observe(this.nodes.plot);
    this.barObserver = new ResizeObserver(() => this.layout());
    const bar = document.getElementById("bar");
    if (bar) this.barObserver.observe(bar);
    this.onTheme = () => { this.colours = theme(this.isDark()); this.painter.setTheme(this.colours); this.redraw(); };
    document.addEventListener("themechange", this.onTheme);
    this.onResize = () => this.layout();
    window.addEventListener("resize", this.onResize);
  }

  button(text, title, action, attributes = {}) {
    return element("button", { type: "button", title, "aria-label": title, onclick: action, ...attributes }, text);
  }

  /** What stands above the picture. */
  bar() {
    return element("div", { class: "tl-bar", role: "toolbar", "aria-label": "Timeline" }, element("h1", { class: "visually-hidden" }, `Timeline of ${this.context.report.name}`),
      this.nodes.search, this.searchButtons(), this.nodes.matches,
      this.button("+", "Zoom in (W)", () => this.zoom(0.5)), this.button("−", "Zoom out (S)", () => this.zoom(2)), this.button("All", "Show everything (Home)", () => this.showAll()),
      this.nodes.box, this.button("★", "Bookmarks", () => this.panel.showBookmarks()), this.button("?", "Keys and signs", () => this.panel.showHelp()), this.nodes.range);
  }

  searchButtons() {
    return [this.button("‹", "Match before (Shift N)", () => this.findNext(true)), this.button("›", "Next match (N)", () => this.findNext(false))];
  }

  close() {
    this.closed = true;
    this.observer.disconnect();
    this.barObserver.disconnect();
    document.removeEventListener("themechange", this.onTheme);
    window.removeEventListener("resize", this.onResize);
  }

  /** How tall it is: the room that the window has below the bar. */
  room() {
    const top = this.container.getBoundingClientRect().top + window.scrollY;
    return Math.max(320, window.innerHeight - top);
  }

  layout() {
    this.container.style.height = `${this.room()}px`;
    const { clientWidth, clientHeight } = this.nodes.plot;
    const scale = window.devicePixelRatio || 1;
    if (clientWidth !== this.width || clientHeight !== this.height || scale !== this.scale) {
      this.width = Math.max(1, clientWidth);
      this.height = Math.max(1, clientHeight);
      this.scale = scale;
      this.painter.resize(this.width, this.height, scale);
      this.overlay.resize(this.width, this.height, rulerHeight, scale);
    }
    this.scroll(0);
    this.redraw();
  }

  // Drawing

  redraw() {
    this.stale = true;
    this.repaint();
  }

  /** Draws once before the next frame: everything where the picture changed, else what lies over it. */
  repaint() {
    if (this.scheduled || this.closed) return;
    this.scheduled = true;
    requestAnimationFrame(() => {
      this.scheduled = false;
      if (this.closed) return;
      if (this.stale) {
        this.stale = false;
        this.tiles.frame += 1;
        this.painter.draw(this.view, this.rows, (id) => this.labelOf(id));
        this.list.draw(this.rows, this.view.top, this.height, this.state.chosen?.track);
        this.nodes.range.textContent = `${duration(Math.round(this.view.to - this.view.from))} from ${this.timeText(this.view.isAligned ? this.view.from : Math.max(0, this.view.from), (this.view.to - this.view.from) / 100)}`;
        this.tellLimit();
        this.tiles.send();
        this.frames = (this.frames ?? 0) + 1;
      }
      this.overlay.draw(this.view, this.rows, this.state, this.colours);
    });
  }

  /** A time as the axis counts it, as exactly as the step asks for. */
  timeText(time, step = 1) { return timeText(time - this.view.zero, step); }

  /** Says of which rows the picture would show more than an exported page holds. */
  tellLimit() {
    const { embedded, tracks } = this.data;
    if (!embedded || embedded.is_whole) return;
    const seen = this.rows.list.filter((row) => row.track.count > 0 && (row.isPinned || (row.top + row.height > this.view.top && row.top < this.view.top + this.height)));
    const coarse = seen.filter(({ id }) => embedded.finest[id] <= this.data.levels && embedded.finest[id] > Math.max(this.painter.level, tracks[id].base_level));
    const empty = seen.filter(({ id }) => embedded.finest[id] > this.data.levels);
    const width = bucketWidth(Math.max(0, ...coarse.map(({ id }) => embedded.finest[id])));
    const here = `of the ${plural(seen.length, "row")} here`;
    const parts = [coarse.length > 0 && `Closer than this file holds: in ${coarse.length} ${here} slices up to ${duration(width)} are merged into columns.`,
      empty.length > 0 && `${empty.length} ${here} are not in this file.`].filter(Boolean);
    const text = parts.length === 0 ? "" : `${parts.join(" ")} tacho open ${this.context.report.name}.tacho shows each.`;
    if (this.nodes.limit.textContent === text) return;
    this.nodes.limit.textContent = text;
    this.nodes.limit.hidden = !text;
  }

  tilesArrived(error) {
    if (error) {
      const card = errorCard(error, "The timeline");
      card.classList.add("tl-failure");
      this.container.querySelector(".tl-main").append(card);
      return;
    }
    this.redraw();
  }

  labelOf(id) {
    const label = this.labels[id];
    if (label === undefined) this.loadLabels(Math.floor(id / this.data.page_labels));
    return label;
  }

  async loadLabels(page) {
    if (this.labelPages.has(page)) return;
    this.labelPages.add(page);
    try {
      const { first, labels } = await this.source.labels(page);
      // A name from a stranger's file may have breaks, or characters that turn the direction of text.
      for (const [index, label] of labels.entries()) this.labels[first + index] = { ...label, name: printable(label.name).replace(/\s+/g, " ") };
      this.redraw();
    } catch (error) {
      this.tilesArrived(error);
    }
  }

  // Moving

  get canScroll() { return this.rows.height > this.height; }

  time(x) { return this.view.from + x / this.width * (this.view.to - this.view.from); }

  /** Shows a stretch of time, within what there is and a little around it. */
  show(from, to) {
    [this.view.from, this.view.to] = within(from, to, 0, Math.max(1, this.data.length_ns));
    this.saveSoon();
    this.redraw();
  }

  showAll(isFirst = false) {
    const length = Math.max(1, this.data.length_ns);
    this.show(-length * 0.01, length * 1.01);
    if (isFirst) clearTimeout(this.saving);
  }

  /** @param {number} factor Below 1 shows less. @param {number} x What stays where it is. */
  zoom(factor, x = this.width / 2) {
    const middle = this.time(x);
    const span = (this.view.to - this.view.from) * factor;
    const share = x / this.width;
    this.show(middle - span * share, middle + span * (1 - share));
  }

  pan(pixels) {
    const by = pixels / this.width * (this.view.to - this.view.from);
    this.show(this.view.from + by, this.view.to + by);
  }

  scroll(pixels) {
    const top = Math.max(0, Math.min(this.view.top + pixels, this.rows.height - this.height));
    if (top === this.view.top) return;
    this.view.top = top;
    this.redraw();
  }

  bringIntoSight(track) {
    const row = this.rows.of(track);
    if (!row || row.isPinned) return;
    if (row.top - this.view.top < this.rows.pinnedHeight) this.scroll(row.top - this.view.top - this.rows.pinnedHeight);
    else if (row.top + row.height > this.view.top + this.height) this.scroll(row.top + Math.min(row.height, this.height) - this.view.top - this.height);
  }

  zoomInto(x, y) {
    const hit = this.hit(x, y);
    if (hit?.slice && hit.slice.duration_ns > 0) this.showSlice(hit.slice);
    else this.zoom(0.25, x);
  }

  showSlice(slice) {
    const room = Math.max(slice.duration_ns * 0.6, leastSpan);
    this.show(slice.start_ns - room, slice.start_ns + slice.duration_ns + room);
  }

  showChosen() {
    if (this.state.chosen) this.showSlice(this.state.chosen);
    else this.zoom(0.5);
  }

  zoomToBox() {
    if (this.state.box) this.show(this.state.box.from, this.state.box.to);
  }

  // Rows

  fold(track) {
    this.rows.toggleFold(track);
    this.scroll(0);
    this.saveSoon();
    this.redraw();
  }

  pin(track) {
    this.rows.togglePin(track);
    this.scroll(0);
    this.saveSoon();
    this.redraw();
  }

  pinChosen() { if (this.state.chosen) this.pin(this.state.chosen.track); }
  foldChosen() { if (this.state.chosen) this.fold(this.state.chosen.track); }

  path(track) {
    return this.rows.ancestors(track).map(({ name }) => name).reverse().join(" › ");
  }
}
