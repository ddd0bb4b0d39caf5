// The timeline's view: what is chosen, marked and searched, and how it follows what the user does. The state is in the address.
import { element, errorCard, replace } from "tacho/dom.js";
import { duration, plural } from "tacho/format.js";
import { TimelineFrame } from "tacho/timeline/frame.js";
import { sizes } from "tacho/timeline/rows.js";
import { counterText } from "tacho/timeline/list.js";
import { kindText } from "tacho/timeline/panel.js";
import { Finder } from "tacho/timeline/finder.js";
import { attach } from "tacho/timeline/gestures.js";
import { flag } from "tacho/timeline/colours.js";

export class TimelineView extends TimelineFrame {
  constructor(container, context, source, data) {
    super(container, context, source, data);
    this.finder = new Finder(this);
    this.begin();
    attach(this);
    this.loadLabels(0);
    this.layout();
  }

  /** What it shows first. */
  begin() {
    this.readState();
    if (!this.context.state.get("from")) this.showAll(true);
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
      return [slice.name, `${slice.flags & flag.mark ? "at" : duration(slice.duration_ns) + ", from"} ${this.timeText(slice.start_ns, (this.view.to - this.view.from) / 1000)}`, words.join(", ")];
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
      const chain = await this.source.chain(slice);
      if (this.asked !== name || this.closed) return;
      // Names of labels come with it, whatever page they lie on.
      this.state.chosen = chain.links[0];
      this.state.chain = chain;
      this.panel.showChain(chain);
    } catch (error) {
      if (this.asked === name) this.panel.open(slice.name, null, errorCard(error, slice.name));
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
    const { top } = this.view;
    for (const row of this.rows.list) {
      // Pinned rows stay where they are while the others scroll below them.
      const y = row.top - (row.isPinned ? 0 : top);
      const low = Math.max(y, row.isPinned ? 0 : this.rows.pinnedHeight);
      if (box.top !== null && (y + row.height <= Math.max(low, box.top - top) || low >= box.bottom - top)) continue;
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
      const selection = await this.source.select(box.from, box.to, box.tracks);
      if (this.state.box === box) this.panel.showBox(selection);
    } catch (error) {
      if (this.state.box === box) this.panel.open("Box", null, errorCard(error, "The box"));
    }
  }

  // Searching and bookmarks

  findNext(backwards) { this.finder.next(backwards); }
  searchName(name) {
    // In quotes: slices of this name alone, and not of those that have it as a part.
    this.nodes.search.value = `"${name}"`;
    this.finder.next(false);
  }

  addBookmark() {
    if (this.data.embedded) {
      this.panel.showBookmarks();
      return;
    }
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
      this.data.bookmarks = await this.source.keepBookmarks(list);
      this.state.bookmarks = this.data.bookmarks;
      this.panel.showBookmarks();
      this.announce(plural(list.length, "bookmark"));
    } catch (error) {
      this.panel.open("Bookmarks", null, errorCard(error, "Bookmarks", "try again"));
    }
    this.repaint();
  }

  // The address

  readState() {
    const { state } = this.context;
    const number = (name) => (/^-?\d+$/.test(state.get(name) ?? "") ? Number(state.get(name)) : null);
    const ids = (name) => (state.get(name) ?? "").split(".").filter((text) => /^\d+$/.test(text)).map(Number).filter((id) => id < this.data.tracks.length);
    if (!state.has("folds")) for (const track of this.data.tracks) if (track.kind === "idle") this.rows.folded.add(track.id);
    for (const id of ids("folds")) this.rows.folded.add(id);
    this.rows.pinned = ids("pins");
    this.rows.layout();
    const [from, to] = [number("from"), number("to")];
    // Instants, as all that links here has them.
    const origin = this.data.origin_ns;
    if (from !== null && to !== null && to > from) this.show(from - origin, to - origin);
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
      if (!slice) this.finder.next(false, from === null);
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
        from: Math.round(view.from + this.data.origin_ns), to: Math.round(view.to + this.data.origin_ns), folds: [...rows.folded].join("."), pins: rows.pinned.join("."),
        sel: state.chosen ? `${state.chosen.track}:${state.chosen.start_ns}:${state.chosen.key}` : null, box,
        find: this.nodes.search.value || null,
      });
    }, 250);
  }
}

