// The timeline of an exported page: everything is answered from the tiles that the page holds, as the server would answer it.
// Where the tiles are reduced (docs/page-timeline.md, exported pages) the answers say how much of them is merged.
import { Reader, TileCache, bucketWidth, decodeTile, tilesIn, tileWidth } from "tacho/timeline/tiles.js";
import { chainOf } from "tacho/timeline/chain.js";

/** Bytes of tiles that are kept decoded for questions. */
const keptBytes = 4 * 2 ** 20;

export class EmbeddedTimeline {
  /** @param {object} api The module `tacho/api.js`. @param {string} base `reports/ID/timeline`. */
  constructor(api, base) {
    this.api = api;
    this.base = base;
    this.decoded = new Map();
    this.decodedBytes = 0;
  }

  async overview() {
    this.data = await this.api.json(this.base);
    this.labelList = [];
    for (let page = 0; page * this.data.page_labels < this.data.embedded.labels; page++) {
      const { first, labels } = await this.labels(page);
      for (const [index, label] of labels.entries()) this.labelList[first + index] = label;
    }
    this.details = await this.api.json(`${this.base}/details`);
    this.packed = await this.api.binary(`${this.base}/tiles`);
    /** By track and level the tiles in order of their numbers. */
    this.places = new Map();
    this.byKey = new Map();
    for (const place of tilesIn(this.packed)) {
      this.byKey.set(TileCache.key(place.track, place.level, place.tile), place);
      const name = `${place.track}.${place.level}`;
      if (!this.places.has(name)) this.places.set(name, []);
      this.places.get(name).push(place);
    }
    return this.data;
  }

  labels(page) {
    const address = `${this.base}/labels?page=${page}`;
    return this.api.holds(address) ? this.api.json(address) : { first: page * this.data.page_labels, labels: [] };
  }

  /** The tiles as the server packs them. */
  async tiles(names, tracks) {
    const found = [];
    let size = 0;
    for (const track of tracks.split(",")) {
      for (const name of names.split(",")) {
        const [level, number] = name.split(".").map(Number);
        const place = this.byKey.get(TileCache.key(Number(track), level, number));
        if (!place) continue;
        found.push(new Uint8Array(this.packed, place.at - 16, place.bytes + 16));
        size += place.bytes + 16;
      }
    }
    const all = new Uint8Array(size);
    let at = 0;
    for (const part of found) {
      all.set(part, at);
      at += part.length;
    }
    return all.buffer;
  }

  async keepBookmarks() {
    throw new this.api.RequestFailure(0, {
      input: "Bookmarks", problem: "are kept in the report, and this page is an exported file", next_step: "open the report itself: tacho open REPORT",
    });
  }

  // What the tiles hold

  placesOf(track, level) { return this.places.get(`${track}.${level}`) ?? []; }

  content(place) {
    let content = this.decoded.get(place);
    if (content) return content;
    if (this.decodedBytes > keptBytes) {
      this.decoded.clear();
      this.decodedBytes = 0;
    }
    content = decodeTile(this.packed, place, this.data.tracks[place.track].kind === "counter");
    this.decoded.set(place, content);
    this.decodedBytes += place.bytes;
    return content;
  }

  /** Every slice of a track's tile as `body` takes it: start, duration, label, key. */
  eachOf(place, body) {
    for (const content of this.content(place).values()) {
      for (let index = 0; index < content.slices; index++) body(content.start[index], content.duration[index], content.label[index], content.key[index]);
    }
  }

  /** Calls back with every slice of a track that overlaps a stretch of time, class by class, each lane in order of start. */
  forEachSlice(track, from, to, body) {
    const { tracks, levels, embedded } = this.data;
    if (!tracks[track] || tracks[track].lanes === 0) return;
    for (let level = embedded.finest[track]; level <= levels; level++) {
      // What starts before may reach in by its length, which in all classes but the last is bounded.
      const first = level === levels ? 0 : Math.floor(Math.max(0, from - bucketWidth(level + 1)) / tileWidth(level));
      for (const place of this.placesOf(track, level)) {
        if (place.tile < first || place.tile * tileWidth(level) > to) continue;
        this.eachOf(place, (start, duration, label, key) => {
          if (start <= to && start + duration >= from && this.labelList[label]) body({ start, duration, label, key });
        });
      }
    }
  }

  slice(track, start, key) {
    let found = null;
    this.forEachSlice(track, start, start, (slice) => { if (slice.start === start && slice.key === key) found = slice; });
    return found;
  }

  /** As the server tells a slice. */
  told(track, { start, duration, label, key }) {
    const { lane, name, kind, flags } = this.labelList[label];
    return { track, lane, label, key, start_ns: start, duration_ns: duration, name, kind, flags };
  }

  /** A time that the user gave, within what there is or right beside it. */
  inside(time) { return Math.min(Math.max(time, -1), this.data.length_ns + 1); }

  // Boxes

  /** What lies in a box, by name; `merged`: slices that are in no tile one by one, by the columns that they are merged into. */
  async select(a, b, tracks) {
    const [from, to] = [this.inside(Math.min(a, b)), this.inside(Math.max(a, b))];
    const groups = new Map();
    const counters = [];
    const merged = { count: 0, busy_ns: 0, width_ns: 0 };
    let count = 0;
    for (const track of tracks.filter((id) => this.data.tracks[id])) {
      if (this.data.tracks[track].kind === "counter") {
        const counter = this.counter(track, from, to);
        if (counter) counters.push(counter);
        continue;
      }
      this.forEachSlice(track, from, to, ({ start, duration, label }) => {
        const end = start + duration;
        // A slice that only touches the box is outside of it.
        if (!(end > from || start >= from) || !(start < to || duration === 0)) return;
        const { name, kind, flags } = this.labelList[label];
        const key = `${kind} ${flags} ${name}`;
        if (!groups.has(key)) groups.set(key, { name, kind, flags, count: 0, inside_ns: 0, total_ns: 0, min_ns: Infinity, max_ns: -Infinity });
        const group = groups.get(key);
        count += 1;
        group.count += 1;
        group.inside_ns += Math.min(end, to) - Math.max(start, from);
        group.total_ns += duration;
        group.min_ns = Math.min(group.min_ns, duration);
        group.max_ns = Math.max(group.max_ns, duration);
      });
      this.addMerged(track, from, to, merged);
    }
    const sorted = [...groups.values()].sort((one, other) => other.inside_ns - one.inside_ns || other.count - one.count || (one.name < other.name ? -1 : 1));
    return { from_ns: from, to_ns: to, count, groups: sorted.slice(0, 1000), groups_left: Math.max(0, sorted.length - 1000), counters, merged };
  }

  /** Adds the columns of a track's finest level that overlap a box, cut at its edges. */
  addMerged(track, from, to, merged) {
    const level = this.data.embedded.finest[track];
    if (level === 0 || level > this.data.levels) return;
    const width = bucketWidth(level);
    for (const place of this.placesOf(track, level)) {
      if (place.tile * tileWidth(level) > to || (place.tile + 1) * tileWidth(level) < from) continue;
      for (const content of this.content(place).values()) {
        for (let index = 0; index < content.buckets; index++) {
          const start = content.bucketStart[index];
          const share = (Math.min(to, start + width) - Math.max(from, start)) / width;
          if (share <= 0) continue;
          merged.count += Math.round(content.bucketCount[index] * share);
          merged.busy_ns += content.busy[index] * share;
          merged.width_ns = Math.max(merged.width_ns, width);
        }
      }
    }
  }

  /** Of the samples, or of their buckets where there are no samples. */
  counter(track, from, to) {
    const level = Math.max(this.data.embedded.finest[track], this.data.tracks[track].base_level);
    const counter = { track, samples: 0, min: Infinity, max: -Infinity, mean: 0 };
    let sum = 0;
    for (const place of this.placesOf(track, level)) {
      const { time, least, greatest, mean, count } = this.content(place);
      for (let index = 0; index < time.length; index++) {
        if (time[index] < from || time[index] > to) continue;
        counter.samples += count[index];
        counter.min = Math.min(counter.min, least[index]);
        counter.max = Math.max(counter.max, greatest[index]);
        sum += mean[index] * count[index];
      }
    }
    if (counter.samples === 0) return null;
    return { ...counter, mean: sum / counter.samples };
  }

  // Names

  /** @param {object} question As `ServedTimeline.search` has it. `merged`: matches that are in no tile one by one. */
  async search({ q, at, track, key, backwards }) {
    const isWhole = q.length > 2 && q.startsWith("\"") && q.endsWith("\"");
    const needle = (isWhole ? q.slice(1, -1) : q).toLowerCase();
    const names = new Map();
    const wanted = new Set();
    let count = 0;
    for (const [id, label] of this.labelList.entries()) {
      if (!label || label.count === 0 || !needle) continue;
      const name = label.name.toLowerCase();
      if (isWhole ? name !== needle : !name.includes(needle)) continue;
      wanted.add(id);
      count += label.count;
      const place = `${label.kind} ${label.name}`;
      const known = names.get(place) ?? { name: label.name, kind: label.kind, count: 0, busy_ns: 0 };
      names.set(place, { ...known, count: known.count + label.count, busy_ns: known.busy_ns + label.busy_ns });
    }
    const sorted = [...names.values()].sort((one, other) => other.busy_ns - one.busy_ns || other.count - one.count || (one.name < other.name ? -1 : 1));
    const found = at === undefined ? null : this.next(wanted, this.inside(at), track, key, backwards);
    const merged = this.data.embedded.is_whole ? 0 : count - [...wanted].reduce((sum, id) => sum + this.present(id), 0);
    return { count, names: sorted.slice(0, 200), ...(found ? { found } : {}), merged };
  }

  /** Slices of a label that are in the tiles one by one. */
  present(label) {
    if (!this.counts) {
      this.counts = new Float64Array(this.data.labels);
      for (const places of this.places.values()) {
        if (this.data.tracks[places[0].track].kind === "counter") continue;
        for (const place of places) this.eachOf(place, (start, duration, id) => { this.counts[id] += 1; });
      }
    }
    return this.counts[label];
  }

  /** The first match behind a slice in the order of starts, or the last before it; without a slice at or after an instant, or before it. */
  next(wanted, at, track, key, backwards) {
    const rank = (of, slice) => [slice.start, of, this.labelList[slice.label].lane, slice.key];
    const left = track !== undefined && key !== undefined ? this.slice(track, at, key) : null;
    const here = left && rank(track, left);
    let best = null;
    const tracks = new Set([...wanted].map((id) => this.labelList[id].track));
    for (const of of tracks) {
      for (let level = this.data.embedded.finest[of]; level <= this.data.levels; level++) {
        const width = tileWidth(level);
        const places = this.placesOf(of, level);
        // Away from the instant, until no tile can hold a nearer one.
        for (const place of backwards ? places.toReversed() : places) {
          const [first, end] = [place.tile * width, (place.tile + 1) * width];
          if (backwards ? first > at : end <= at) continue;
          if (best && (backwards ? end <= best.rank[0] : first > best.rank[0])) break;
          this.eachOf(place, (start, duration, label, id) => {
            if (!wanted.has(label)) return;
            const slice = { start, duration, label, key: id };
            const order = rank(of, slice);
            if (here ? (backwards ? compare(order, here) >= 0 : compare(order, here) <= 0) : (backwards ? start >= at : start < at)) return;
            if (!best || (backwards ? compare(order, best.rank) > 0 : compare(order, best.rank) < 0)) best = { track: of, slice, rank: order };
          });
        }
      }
    }
    return best && this.told(best.track, best.slice);
  }

  // Chains

  /** @param {{track: number, start_ns: number, key: number}} slice */
  async chain({ track, start_ns: start, key }) {
    const slice = this.slice(track, start, key);
    if (!slice) {
      throw new this.api.RequestFailure(404, {
        input: `The slice ${track}:${start}:${key}`, problem: "is not in this file, or merged into a column with its neighbours",
        next_step: "choose one in the timeline, or open the report itself: tacho open REPORT",
      });
    }
    await this.readRows();
    const mark = (this.labelList[slice.label].flags & 8) !== 0;
    const detail = { ...this.details[slice.label] };
    const payload = (mark ? this.payloads.marks : this.payloads.slices)[key];
    if (payload !== undefined) detail.payload = payload;
    const correlation = mark ? undefined : this.correlations.get(key);
    if (correlation !== undefined) detail.correlation = correlation;
    if (!this.data.embedded.has_chains) return { links: [this.told(track, slice)], arrows: [], left: 0, detail, is_partial: true };
    return { ...chainOf(this, track, slice), detail };
  }

  /** Correlation by the number of a row, and what programs gave their ranges, where the page holds them. */
  async readRows() {
    if (this.correlations) return;
    const correlations = new Map();
    const held = ["correlations", "payloads"].map((name) => `${this.base}/${name}`);
    this.payloads = this.api.holds(held[1]) ? await this.api.json(held[1]) : { slices: {}, marks: {} };
    if (this.api.holds(held[0])) {
      const buffer = await this.api.binary(held[0]);
      const reader = new Reader(new DataView(buffer), 0, buffer.byteLength);
      let [row, correlation] = [0, 0];
      while (reader.at < buffer.byteLength) {
        row += reader.nextSigned();
        correlation += reader.nextSigned();
        correlations.set(row, correlation);
      }
    }
    this.correlations = correlations;
  }
}

function compare(one, other) {
  for (const [index, value] of one.entries()) if (value !== other[index]) return value - other[index];
  return 0;
}
