// What a slice belongs to, found in an exported page's tiles: the same rules as TachoAnalysis/Timeline/TimelineChain.swift has.

/** More links would be a picture of everything. */
const most = 200;

/**
 * @param {import("tacho/timeline/embedded.js").EmbeddedTimeline} timeline
 * @returns {{links: object[], arrows: number[][], left: number}} The slice itself first, then the others; arrows from cause to effect.
 */
export function chainOf(timeline, track, slice) {
  const chain = new Chain(timeline, track, slice);
  const { kind } = timeline.data.tracks[track];
  if (kind === "nvtx" || kind === "nvtxAsync") chain.addRange(track, slice);
  else if (kind === "projection") chain.addProjected(track, slice);
  else if (kind === "cudaCall") chain.addCall(track, slice);
  else if (kind === "cudaStream" || kind === "cudaSynchronisation") chain.addWork(track, slice);
  else if (kind === "layer" || kind === "profiledQuery") chain.addNested(track, slice);
  return { links: chain.links.map((link) => timeline.told(link.track, link.slice)), arrows: chain.arrows, left: chain.left };
}

const end = (slice) => slice.start + slice.duration;
/** Outer before inner. */
const byStart = (one, other) => one.slice.start - other.slice.start || other.slice.duration - one.slice.duration;

class Chain {
  constructor(timeline, track, slice) {
    this.timeline = timeline;
    this.tracks = timeline.data.tracks;
    this.links = [{ track, slice }];
    this.arrows = [];
    /** Calls or layers that are not among the links, since there are too many. */
    this.left = 0;
  }

  link({ track, slice }) {
    const known = this.links.findIndex((link) => link.track === track && link.slice.key === slice.key && link.slice.start === slice.start && link.slice.label === slice.label);
    return known >= 0 ? known : this.links.push({ track, slice }) - 1;
  }

  arrow(from, to) {
    if (from !== to && !this.arrows.some((arrow) => arrow[0] === from && arrow[1] === to)) this.arrows.push([from, to]);
  }

  /** Tracks of a kind with the same parent. */
  siblings(track, kind) { return this.tracks.filter((other) => other.parent === this.tracks[track].parent && other.kind === kind).map(({ id }) => id); }

  process(track) {
    let place = this.tracks[track];
    while (place && place.kind !== "process") place = this.tracks[place.parent];
    return place?.id;
  }

  slices(track, from, to) {
    const list = [];
    this.timeline.forEachSlice(track, from, to, (slice) => list.push({ track, slice }));
    return list;
  }

  // Ranges, calls, work

  /** The ranges that are open on the thread at an instant, outermost first, joined by arrows. Returns the innermost's place. */
  addRanges(track, slice) {
    const found = this.siblings(track, "nvtx").flatMap((sibling) => this.slices(sibling, slice.start, slice.start).filter(({ slice: range }) =>
      !(sibling === track && range.key === slice.key && range.label === slice.label) && range.duration > 0 && end(range) >= end(slice) && range.start <= slice.start));
    return this.joined(found.sort(byStart).slice(-12));
  }

  joined(list) {
    let last = null;
    for (const item of list) {
      const place = this.link(item);
      if (last !== null) this.arrow(last, place);
      last = place;
    }
    return last;
  }

  addRange(track, slice) {
    const outer = this.addRanges(track, slice);
    if (outer !== null) this.arrow(outer, 0);
    const calls = this.siblings(track, "cudaCall").flatMap((sibling) => this.slices(sibling, slice.start, end(slice)).filter(({ slice: call }) => call.start >= slice.start && call.start < end(slice)));
    this.addLaunches(calls.sort((one, other) => one.slice.start - other.slice.start));
    for (const sibling of this.siblings(track, "projection").filter((id) => this.tracks[id].source === this.tracks[track].source)) {
      for (const item of this.slices(sibling, slice.start, this.timeline.data.length_ns)) {
        if (item.slice.key === slice.key && item.slice.start >= slice.start) this.arrow(0, this.link(item));
      }
    }
  }

  addProjected(track, slice) {
    for (const sibling of this.siblings(track, "nvtx").filter((id) => this.tracks[id].source === this.tracks[track].source)) {
      const range = this.slices(sibling, 0, slice.start).findLast((item) => item.slice.key === slice.key);
      if (range) this.arrow(this.link(range), 0);
    }
  }

  /** Calls with the work that they launched. A call that launched nothing is left out. */
  addLaunches(calls) {
    if (calls.length === 0) return;
    const { correlations } = this.timeline;
    const launches = new Map();
    // Of a runtime call and the driver's inside it, the outer one comes first and is the launch.
    for (const [place, { slice }] of [...calls.entries()].sort((one, other) => one[1].slice.key - other[1].slice.key)) {
      const correlation = correlations.get(slice.key);
      if (correlation !== undefined && slice.key >= calls[0].slice.key && !launches.has(correlation)) launches.set(correlation, place);
    }
    this.left = Math.max(0, launches.size - most);
    const chosen = new Map([...launches].sort((one, other) => one[1] - other[1]).slice(0, most));
    for (const item of this.work(chosen, calls[0].slice.key, this.process(calls[0].track))) {
      const from = this.link(calls[chosen.get(item.correlation)]);
      const to = this.link(item);
      if (from !== 0 && this.links[0].track !== item.track) this.arrow(0, from);
      this.arrow(from, to);
    }
  }

  addCall(track, slice) {
    const range = this.addRanges(track, slice);
    if (range !== null) this.arrow(range, 0);
    this.addLaunches([{ track, slice }]);
  }

  addWork(track, slice) {
    const correlation = this.timeline.correlations.get(slice.key);
    if (correlation === undefined) return;
    const call = this.rows("cudaCall", this.process(track)).findLast((item) => item.correlation === correlation && item.slice.key <= slice.key);
    if (!call) return;
    const place = this.link(call);
    this.arrow(place, 0);
    const range = this.addRanges(call.track, call.slice);
    if (range !== null) this.arrow(range, place);
  }

  /** The rows of one kind of track of a process that have a correlation, in order of their numbers. */
  rows(kind, process) {
    this.timeline.rowsOf ??= new Map();
    const name = `${kind} ${process}`;
    if (!this.timeline.rowsOf.has(name)) {
      const { correlations, data } = this.timeline;
      const list = this.tracks.filter((track) => track.kind === kind && this.process(track.id) === process).flatMap(({ id }) => this.slices(id, 0, data.length_ns))
        .filter(({ slice }) => correlations.has(slice.key)).map((item) => ({ ...item, correlation: correlations.get(item.slice.key) }));
      this.timeline.rowsOf.set(name, list.sort((one, other) => one.slice.key - other.slice.key));
    }
    return this.timeline.rowsOf.get(name);
  }

  work(wanted, after, process) {
    const missing = new Set(wanted.keys());
    const found = [];
    let last = Infinity;
    for (const item of this.rows("cudaStream", process)) {
      const { key } = item.slice;
      if (key < after || !wanted.has(item.correlation)) continue;
      if (key > last || found.length >= 4 * most) break;
      found.push(item);
      missing.delete(item.correlation);
      // A graph's launch has several works: they follow each other closely.
      if (missing.size === 0 && last === Infinity) last = key + 1000;
    }
    return found;
  }

  // Queries and layers

  addNested(track, slice) {
    const { labelList } = this.timeline;
    const { lane } = labelList[slice.label];
    const outer = [];
    const inner = [];
    for (const row of [...this.siblings(track, "profiledQuery"), ...this.siblings(track, "layer")]) {
      for (const item of this.slices(row, slice.start, end(slice))) {
        const otherLane = labelList[item.slice.label].lane;
        if (row === track && otherLane === lane) continue;
        const isBelow = row === track ? otherLane > lane : row > track;
        if (isBelow && item.slice.start >= slice.start && end(item.slice) <= end(slice)) inner.push(item);
        else if (!isBelow && item.slice.start <= slice.start && end(item.slice) >= end(slice)) outer.push(item);
      }
    }
    const last = this.joined(outer.sort(byStart));
    if (last !== null) this.arrow(last, 0);
    this.left = Math.max(0, inner.length - most);
    for (const item of inner.sort(byStart).slice(0, most)) {
      const place = this.link(item);
      // Layers are drawn right below their query: an arrow to each would hide them.
      if (labelList[item.slice.label].kind !== "layer") this.arrow(0, place);
    }
  }
}
