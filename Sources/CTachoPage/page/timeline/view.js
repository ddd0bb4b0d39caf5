// The timeline's view: what is shown, what is chosen, and how both follow what the user does. The state is in the address.
import { element, replace, failureCard } from "tacho/dom.js";
import { duration, plural } from "tacho/format.js";
import { TileCache } from "tacho/timeline/tiles.js";
import { Rows, sizes } from "tacho/timeline/rows.js";
import { Painter } from "tacho/timeline/painter.js";
import { Overlay } from "tacho/timeline/overlay.js";
import { RowList, counterText } from "tacho/timeline/list.js";
import { Panel, kindText } from "tacho/timeline/panel.js";
import { Finder } from "tacho/timeline/finder.js";
import { attach } from "tacho/timeline/gestures.js";
import { flag, theme } from "tacho/timeline/colours.js";
import { timeText } from "tacho/timeline/axis.js";

const rulerHeight = 26;
/** The shortest stretch of time that is shown. */
const leastSpan = 20;

export class TimelineView {
  constructor(container, context, data) {
    this.container = container;
    this.context = context;
    this.data = data;
    this.base = `reports/${encodeURIComponent(context.report.id)}/timeline`;
    this.labels = new Array(data.labels);
    this.labelPages = new Set();
    this.rows = new Rows(data.tracks);
    this.colours = theme(this.isDark());
    this.state = { hover: null, chosen: null, chain: null, box: null, cursor: null, found: null, bookmarks: data.bookmarks };
    this.view = { from: 0, to: Math.max(1, data.length_ns), top: 0 };
    this.boxMode = false;
    this.width = 1;
    this.height = 1;
    this.tiles = new TileCache((query) => context.api.binary(`${this.base}/tiles?${query}`),
      (track) => data.tracks[track]?.kind === "counter", data.levels, (error) => this.tilesArrived(error));
    this.build();
    this.finder = new Finder(this);
    this.readState();
    attach(this);
    this.loadLabels(0);
    this.layout();
    if (!this.context.state.get("from")) this.showAll(true);
  }

  isDark() {
    return document.documentElement.dataset.theme === "dark"
      || (!document.documentElement.dataset.theme && matchMedia("(prefers-color-scheme: dark)").matches);
  }

  // The page

  build() {
    const button = (text, title, action, attributes = {}) => element("button", { type: "button", title, "aria-label": title, onclick: action, ...attributes }, text);
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
      live: element("div", { class: "tl-live", role: "status", "aria-live": "polite", style: { position: "absolute", width: "1px", height: "1px", overflow: "hidden", clipPath: "inset(50%)" } }),
      panel: element("section", { class: "tl-panel", "aria-label": "Details of the timeline" }),
    };
    const canvas = element("canvas", { "aria-hidden": "true" });
    const over = element("canvas", { "aria-hidden": "true" });
    const axis = element("canvas", { "aria-hidden": "true" });
    this.nodes.plot.append(canvas, over);
    this.nodes.ruler.append(axis);
    this.nodes.box = button("▭ Box", "Draw boxes by dragging (or hold Shift)", () => this.setBoxMode(!this.boxMode), { "aria-pressed": "false" });
    replace(this.container,
      element("div", { class: "tl-bar", role: "toolbar", "aria-label": "Timeline" },
        this.nodes.search,
        button("‹", "Match before (Shift N)", () => this.findNext(true)), button("›", "Next match (N)", () => this.findNext(false)), this.nodes.matches,
        button("+", "Zoom in (W)", () => this.zoom(0.5)), button("−", "Zoom out (S)", () => this.zoom(2)), button("All", "Show everything (Home)", () => this.showAll()),
        this.nodes.box, button("★", "Bookmarks", () => this.panel.showBookmarks()), button("?", "Keys and signs", () => this.panel.showHelp()), this.nodes.range),
      element("div", { class: "tl-main" }, this.nodes.corner, this.nodes.ruler, this.nodes.list, this.nodes.plot),
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

  close() {
    this.closed = true;
    this.observer.disconnect();
    this.barObserver.disconnect();
    document.removeEventListener("themechange", this.onTheme);
    window.removeEventListener("resize", this.onResize);
  }

  /** Takes the room that the window has below the bar. */
  layout() {
    const top = this.container.getBoundingClientRect().top + window.scrollY;
    this.container.style.height = `${Math.max(320, window.innerHeight - top)}px`;
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
        this.nodes.range.textContent = `${duration(Math.round(this.view.to - this.view.from))} from ${timeText(Math.max(0, this.view.from), (this.view.to - this.view.from) / 100)}`;
        this.tiles.send();
        this.frames = (this.frames ?? 0) + 1;
      }
      this.overlay.draw(this.view, this.rows, this.state, this.colours);
    });
  }

  tilesArrived(error) {
    if (error) {
      const card = failureCard(error.failure ?? { input: "The timeline", problem: error.message, next_step: "reload the page" });
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
      const { first, labels } = await this.context.api.json(`${this.base}/labels?page=${page}`);
      for (const [index, label] of labels.entries()) this.labels[first + index] = label;
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
    const length = Math.max(1, this.data.length_ns);
    const span = Math.min(Math.max(leastSpan, to - from), length * 1.04);
    const start = Math.min(Math.max((from + to - span) / 2, -length * 0.02 - span * 0.02), length * 1.02 + span * 0.02 - span);
    this.view.from = start;
    this.view.to = start + span;
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
    const names = [];
    for (let at = this.data.tracks[track]; at; at = at.parent === undefined ? null : this.data.tracks[at.parent]) names.unshift(at.name);
    return names.join(" › ");
  }

  // What lies under a point

  rowAt(y) {
    return y < this.rows.pinnedHeight ? this.rows.at(y) : this.rows.at(y + this.view.top);
  }

  /** @returns {{row: object, slice?: object, bucket?: object} | null} */
  hit(x, y) {
    const row = this.rowAt(y);
    if (!row) return null;
    const inside = y - row.top + (row.isPinned ? 0 : this.view.top) - sizes.gap / 2;
    const lane = row.isFolded ? 0 : Math.floor(inside / sizes.lane);
    if (row.track.lanes === 0 || lane < 0 || lane >= row.lanes) return { row };
    return { row, ...this.finder.at(row.id, lane, this.time(x)) };
  }

  hover(x, y, pageX, pageY) {
    const hit = this.hit(x, y);
    this.state.hover = hit?.slice ?? null;
    this.state.cursor = this.time(x);
    const { tip } = this.nodes;
    const lines = this.tipLines(hit, x);
    tip.hidden = lines.length === 0;
    if (lines.length > 0) {
      replace(tip, lines.map((line, index) => element("div", null, index === 0 ? element("b", null, line) : line)));
      const box = tip.getBoundingClientRect();
      tip.style.left = `${Math.max(4, Math.min(window.innerWidth - box.width - 4, pageX + 14))}px`;
      tip.style.top = `${pageY + 18 + box.height > window.innerHeight ? pageY - box.height - 10 : pageY + 18}px`;
    }
    this.repaint();
  }

  tipLines(hit, x) {
    if (hit?.slice) {
      const { slice } = hit;
      const words = [kindText(slice.kind), slice.flags & flag.overhead && "overhead", slice.flags & flag.warmUp && "warm-up"].filter(Boolean);
      return [slice.name, `${slice.flags & flag.mark ? "at" : duration(slice.duration_ns) + ", from"} ${timeText(slice.start_ns, (this.view.to - this.view.from) / 1000)}`, words.join(", ")];
    }
    if (hit?.bucket) {
      const { bucket } = hit;
      return [plural(bucket.count, "slice"), `${duration(bucket.busy)} busy of ${duration(bucket.width)}`, `mostly ${this.labels[bucket.label]?.name ?? "…"}`];
    }
    if (hit?.row.track.kind === "counter") {
      const value = this.finder.counterAt(hit.row.track, this.time(x));
      if (value !== null) return [counterText(value, hit.row.track.unit), hit.row.track.name];
    }
    return [];
  }

  leave() {
    this.state.hover = null;
    this.state.cursor = null;
    this.nodes.tip.hidden = true;
    this.repaint();
  }

  // Choosing

  choose(x, y) {
    const hit = this.hit(x, y);
    if (hit?.slice) this.chooseSlice(hit.slice);
    else if (hit?.bucket) {
      this.clearChosen();
      this.panel.showBucket(hit.bucket, hit.row.track, () => this.show(hit.bucket.start - 2 * hit.bucket.width, hit.bucket.start + 3 * hit.bucket.width));
    } else this.clear();
  }

  async chooseSlice(slice) {
    this.state.chosen = slice;
    this.state.chain = null;
    this.saveSoon();
    this.redraw();
    const name = `${slice.track}:${slice.start_ns}:${slice.key}`;
    this.asked = name;
    try {
      const chain = await this.context.api.json(`${this.base}/chain?slice=${name}`);
      if (this.asked !== name || this.closed) return;
      // Names of labels come with it, whatever page they lie on.
      this.state.chosen = chain.links[0];
      this.state.chain = chain;
      this.panel.showChain(chain);
    } catch (error) {
      if (this.asked === name) this.panel.open(slice.name, null, failureCard(error.failure ?? { input: slice.name, problem: error.message, next_step: "reload the page" }));
    }
    this.redraw();
  }

  /** Shows a slice, wherever it is, and chooses it. */
  goTo(slice) {
    this.rows.reveal(slice.track);
    const span = this.view.to - this.view.from;
    const isInside = slice.start_ns >= this.view.from && slice.start_ns + slice.duration_ns <= this.view.to;
    const isSeen = slice.duration_ns / span * this.width > 3 || slice.duration_ns === 0;
    if (!isInside || !isSeen) {
      if (slice.duration_ns > 0 && (slice.duration_ns > span || !isSeen)) this.show(slice.start_ns - slice.duration_ns * 15, slice.start_ns + slice.duration_ns * 16);
      else this.show(slice.start_ns + slice.duration_ns / 2 - span / 2, slice.start_ns + slice.duration_ns / 2 + span / 2);
    }
    this.bringIntoSight(slice.track);
    this.chooseSlice(slice);
  }

  clearChosen() {
    this.state.chosen = null;
    this.state.chain = null;
    this.asked = null;
    this.saveSoon();
    this.redraw();
  }

  clear() {
    this.clearChosen();
    this.state.found = null;
    this.endBox();
    this.panel.close();
  }

  step(direction, isFar) { this.finder.step(direction, isFar); }
  stepRow(direction) { this.finder.stepRow(direction); }
  enterRow(track) {
    this.nodes.plot.focus({ preventScroll: true });
    this.finder.enter(track);
  }

  announce(text) { this.nodes.live.textContent = text; }

  // Boxes

  setBoxMode(isOn) {
    this.boxMode = isOn;
    this.nodes.box.setAttribute("aria-pressed", String(isOn));
    this.nodes.plot.classList.toggle("is-box", isOn);
  }

  drawBox(x, y, x2, y2) {
    const [from, to] = [this.time(Math.min(x, x2)), this.time(Math.max(x, x2))];
    const box = { from: Math.max(0, from), to: Math.min(this.data.length_ns, to), top: null, bottom: null };
    if (y !== null) Object.assign(box, { top: Math.min(y, y2) + this.view.top, bottom: Math.max(y, y2) + this.view.top });
    this.state.box = box;
    this.repaint();
  }

  endBox() {
    this.state.box = null;
    this.saveSoon();
    this.repaint();
  }

  clickAxis() { this.endBox(); }

  /** The slice's edge becomes the box's. */
  boxEdge(isStart) {
    const { chosen } = this.state;
    if (!chosen) return;
    const box = this.state.box ?? { from: chosen.start_ns, to: chosen.start_ns + chosen.duration_ns, top: null, bottom: null };
    if (isStart) box.from = chosen.start_ns; else box.to = chosen.start_ns + chosen.duration_ns;
    if (box.from > box.to) [box.from, box.to] = [box.to, box.from];
    this.state.box = box;
    this.takeBox();
  }

  boxTracks(box) {
    const leaves = new Set();
    for (const row of this.rows.list) {
      if (box.top !== null && (row.top + row.height <= box.top || row.top >= box.bottom)) continue;
      if (row.isFolded) for (const leaf of this.rows.leaves(row.id)) leaves.add(leaf);
      else leaves.add(row.id);
    }
    return [...leaves].filter((id) => this.data.tracks[id].count > 0);
  }

  async takeBox() {
    const { box } = this.state;
    if (!box) return;
    [box.from, box.to] = [Math.floor(box.from), Math.ceil(box.to)];
    box.tracks ??= this.boxTracks(box);
    this.saveSoon();
    this.repaint();
    try {
      const selection = await this.context.api.json(`${this.base}/select?from=${box.from}&to=${box.to}&tracks=${box.tracks.join(",")}`);
      if (this.state.box === box) this.panel.showBox(selection);
    } catch (error) {
      this.panel.open("Box", null, failureCard(error.failure ?? { input: "The box", problem: error.message, next_step: "reload the page" }));
    }
  }

  // Searching and bookmarks

  findNext(backwards) { this.finder.next(backwards); }
  searchName(name) {
    this.nodes.search.value = name;
    this.finder.next(false);
  }

  addBookmark() {
    const from = this.state.box?.from ?? this.state.chosen?.start_ns ?? this.view.from;
    const to = this.state.box?.to ?? (this.state.chosen ? this.state.chosen.start_ns + this.state.chosen.duration_ns : this.view.to);
    const name = this.state.chosen && !this.state.box ? this.state.chosen.name : `Bookmark ${this.data.bookmarks.length + 1}`;
    this.changeBookmarks((list) => list.push({ name, from_ns: Math.round(Math.max(0, from)), to_ns: Math.round(Math.min(this.data.length_ns, to)) }));
  }

  /** Keeps the list as it is after the change; what cannot be kept is told and stays as it was. */
  async changeBookmarks(change) {
    const list = this.data.bookmarks.map((bookmark) => ({ ...bookmark }));
    change(list);
    try {
      this.data.bookmarks = await this.context.api.put(`${this.base}/bookmarks`, list);
      this.state.bookmarks = this.data.bookmarks;
      this.panel.showBookmarks();
      this.announce(plural(list.length, "bookmark"));
    } catch (error) {
      this.panel.open("Bookmarks", null, failureCard(error.failure ?? { input: "Bookmarks", problem: error.message, next_step: "try again" }));
    }
    this.repaint();
  }

  // The address

  readState() {
    const { state } = this.context;
    const number = (name) => (/^-?\d+$/.test(state.get(name) ?? "") ? Number(state.get(name)) : null);
    const ids = (name) => (state.get(name) ?? "").split(".").filter((text) => /^\d+$/.test(text)).map(Number).filter((id) => id < this.data.tracks.length);
    for (const id of ids("folds")) this.rows.folded.add(id);
    this.rows.pinned = ids("pins");
    this.rows.layout();
    const [from, to] = [number("from"), number("to")];
    if (from !== null && to !== null && to > from) this.show(from, to);
    const box = /^(\d+)-(\d+)(?::([\d.]+))?$/.exec(state.get("box") ?? "");
    if (box) {
      this.state.box = { from: Number(box[1]), to: Number(box[2]), top: null, bottom: null, tracks: box[3]?.split(".").map(Number) };
      this.takeBox();
    }
    const slice = /^(\d+):(\d+):(-?\d+)$/.exec(state.get("sel") ?? "");
    if (slice) this.chooseSlice({ track: Number(slice[1]), start_ns: Number(slice[2]), key: Number(slice[3]), duration_ns: 0, lane: 0, name: "", kind: "", flags: 0 });
    const find = state.get("find");
    if (find) {
      this.nodes.search.value = find;
      this.finder.next(false, from === null);
    }
    clearTimeout(this.saving);
  }

  saveSoon() {
    clearTimeout(this.saving);
    this.saving = setTimeout(() => {
      if (this.closed) return;
      const { view, rows, state } = this;
      const box = state.box?.tracks ? `${Math.floor(state.box.from)}-${Math.ceil(state.box.to)}:${state.box.tracks.slice(0, 200).join(".")}` : null;
      this.context.setState({
        from: Math.round(view.from), to: Math.round(view.to), folds: [...rows.folded].join("."), pins: rows.pinned.join("."),
        sel: state.chosen ? `${state.chosen.track}:${state.chosen.start_ns}:${state.chosen.key}` : null, box,
        find: this.nodes.search.value || null,
      });
    }, 250);
  }
}

