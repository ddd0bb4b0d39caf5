// Tiles of the timeline: decoding what the server sends, keeping what was seen, asking for what is missing.
// docs/page-timeline.md describes levels and bytes; TachoAnalysis/Timeline/TileCoding.swift writes them.

/** Buckets of a level are 2^shift(level) ns wide, a tile is 2^12 of them. */
const shift = (level) => 7 + 3 * level;
export const bucketWidth = (level) => 2 ** shift(level);
export const tileWidth = (level) => 2 ** (shift(level) + 12);

/** Reads the numbers of a tile; at the first thing that cannot be right it says so. */
export class Reader {
  constructor(view, at, end) {
    this.view = view;
    this.at = at;
    this.end = end;
  }

  /** A number below 2^53. */
  next() {
    let value = 0;
    let scale = 1;
    for (;;) {
      if (this.at >= this.end || scale > 2 ** 63) throw new RangeError("a tile ends within a number");
      const byte = this.view.getUint8(this.at++);
      value += (byte & 127) * scale;
      if (byte < 128) return value;
      scale *= 128;
    }
  }

  nextSigned() {
    const value = this.next();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  nextReal() {
    if (this.at + 8 > this.end) throw new RangeError("a tile ends within a number");
    const value = this.view.getFloat64(this.at, true);
    this.at += 8;
    return value;
  }

  count(least) {
    const count = this.next();
    if (count * least > this.end - this.at) throw new RangeError("a tile counts more than it holds");
    return count;
  }
}

/**
 * A tile of slices: by lane its buckets and its slices, in order of time, as columns.
 * @returns {Map<number, object>}
 */
function decodeSlices(reader, level, tile) {
  const lanes = new Map();
  const width = bucketWidth(level);
  for (let lanesLeft = reader.count(3); lanesLeft > 0; lanesLeft--) {
    const lane = reader.next();
    const buckets = reader.count(4);
    const content = {
      buckets, bucketStart: new Float64Array(buckets), bucketCount: new Float64Array(buckets),
      busy: new Float64Array(buckets), bucketLabel: new Int32Array(buckets),
    };
    let bucket = tile * 4096;
    for (let index = 0; index < buckets; index++) {
      bucket += reader.next();
      content.bucketStart[index] = bucket * width;
      content.bucketCount[index] = reader.next();
      content.busy[index] = reader.next();
      content.bucketLabel[index] = reader.next();
    }
    const slices = reader.count(4);
    content.slices = slices;
    content.start = new Float64Array(slices);
    content.duration = new Float64Array(slices);
    content.label = new Int32Array(slices);
    content.key = new Float64Array(slices);
    let start = tile * tileWidth(level);
    let key = 0;
    for (let index = 0; index < slices; index++) {
      start += reader.next();
      content.start[index] = start;
      content.duration[index] = reader.next();
      content.label[index] = reader.next();
      key += reader.nextSigned();
      content.key[index] = key;
    }
    lanes.set(lane, content);
  }
  return lanes;
}

/** A tile of a counter: least, greatest and mean of buckets, or the samples themselves. */
function decodeCounter(reader, level, tile) {
  const buckets = reader.count(26);
  const content = { time: [], least: [], greatest: [], mean: [], count: [] };
  let bucket = tile * 4096;
  for (let index = 0; index < buckets; index++) {
    bucket += reader.next();
    content.time.push(bucket * bucketWidth(level));
    content.count.push(reader.next());
    content.least.push(reader.nextReal());
    content.greatest.push(reader.nextReal());
    content.mean.push(reader.nextReal());
  }
  let time = tile * tileWidth(level);
  for (let samples = reader.count(9); samples > 0; samples--) {
    time += reader.next();
    const value = reader.nextReal();
    content.time.push(time);
    content.count.push(1);
    content.least.push(value);
    content.greatest.push(value);
    content.mean.push(value);
  }
  return content;
}

/**
 * Where the tiles of an answer lie: one after the other, each behind 16 bytes that name it.
 * @param {ArrayBuffer} buffer
 * @returns {{track: number, level: number, tile: number, at: number, bytes: number}[]}
 */
export function tilesIn(buffer) {
  const view = new DataView(buffer);
  const tiles = [];
  for (let at = 0; at < buffer.byteLength;) {
    if (at + 16 > buffer.byteLength) throw new RangeError("the answer ends within a tile");
    const [track, level, tile, bytes] = [0, 4, 8, 12].map((offset) => view.getUint32(at + offset, true));
    at += 16;
    if (at + bytes > buffer.byteLength) throw new RangeError("the answer ends within a tile");
    tiles.push({ track, level, tile, at, bytes });
    at += bytes;
  }
  return tiles;
}

/** @param {object} place One of `tilesIn`. */
export function decodeTile(buffer, { level, tile, at, bytes }, isCounter) {
  const reader = new Reader(new DataView(buffer), at, at + bytes);
  return isCounter ? decodeCounter(reader, level, tile) : decodeSlices(reader, level, tile);
}

/** Bytes of decoded tiles that are kept; the least recently drawn go first. */
const keptBytes = 192 * 2 ** 20;
/** The most tiles in one question: its address must stay short. */
const askedAtOnce = 120;

/** Tiles by track, level and number, asked for as they are needed. */
export class TileCache {
  /**
   * @param {(tiles: string, tracks: string) => Promise<ArrayBuffer>} fetchTiles
   * @param {(track: number) => boolean} isCounter
   * @param {number} top The coarsest level.
   * @param {(error?: Error) => void} arrived Called when there is more to draw.
   * @param {(track: number) => number} finest The finest level that there is.
   */
  constructor(fetchTiles, isCounter, top, arrived, finest = () => 0) {
    this.fetchTiles = fetchTiles;
    this.isCounter = isCounter;
    this.top = top;
    this.arrived = arrived;
    this.finest = finest;
    this.tiles = new Map();
    this.wanted = new Map();
    this.inFlight = 0;
    this.bytes = 0;
    this.frame = 0;
    this.failed = null;
  }

  static key(track, level, tile) { return (track * 16 + level) * 2 ** 32 + tile; }

  /** Content of a tile: null where there is nothing in it, undefined where it is not known yet and was asked for. */
  get(track, level, tile) {
    const key = TileCache.key(track, level, tile);
    const known = this.tiles.get(key);
    if (known) {
      known.frame = this.frame;
      return known.content;
    }
    if (!this.failed) this.wanted.set(key, { track, level, tile });
    return undefined;
  }

  /** Asks for what the last frame missed. */
  send() {
    if (this.inFlight > 1 || this.wanted.size === 0) {
      if (this.inFlight <= 1) this.wanted.clear();
      return;
    }
    const sets = new Map();
    for (const { track, level, tile } of this.wanted.values()) {
      const name = `${level}.${tile}`;
      if (!sets.has(name)) sets.set(name, []);
      sets.get(name).push(track);
    }
    this.wanted.clear();
    const byTracks = new Map();
    for (const [name, tracks] of sets) {
      for (let first = 0; first < tracks.length; first += askedAtOnce) {
        const list = tracks.slice(first, first + askedAtOnce).join(",");
        if (!byTracks.has(list)) byTracks.set(list, []);
        byTracks.get(list).push(name);
      }
    }
    // Coarse tiles first: they show something of everything.
    const questions = [...byTracks].map(([tracks, names]) => ({ tracks, names: names.sort((a, b) => parseInt(b, 10) - parseInt(a, 10)) }));
    for (const question of questions.slice(0, 6)) this.ask(question.tracks, question.names.slice(0, 40));
  }

  async ask(tracks, names) {
    this.inFlight += 1;
    try {
      const buffer = await this.fetchTiles(names.join(","), tracks);
      const found = new Map(tilesIn(buffer).map((tile) => [TileCache.key(tile.track, tile.level, tile.tile), tile]));
      for (const track of tracks.split(",").map(Number)) {
        for (const name of names) {
          const [level, tile] = name.split(".").map(Number);
          const key = TileCache.key(track, level, tile);
          const answer = found.get(key);
          const size = 64 + (answer ? answer.bytes * 6 : 0);
          this.tiles.set(key, { content: answer ? decodeTile(buffer, answer, this.isCounter(track)) : null, size, frame: this.frame });
          this.bytes += size;
        }
      }
      this.evict();
      this.inFlight -= 1;
      this.arrived();
    } catch (error) {
      this.inFlight -= 1;
      this.failed = error;
      this.arrived(error);
    }
  }

  evict() {
    if (this.bytes < keptBytes) return;
    const byAge = [...this.tiles].sort((a, b) => a[1].frame - b[1].frame);
    for (const [key, tile] of byAge) {
      if (this.bytes < keptBytes * 0.7 || tile.frame >= this.frame - 1) break;
      this.tiles.delete(key);
      this.bytes -= tile.size;
    }
  }

  /** The level whose buckets are no wider than a pixel. */
  level(nanosecondsPerPixel) {
    let level = 0;
    while (level < this.top && bucketWidth(level + 1) <= nanosecondsPerPixel) level += 1;
    return level;
  }

  /**
   * Calls back with everything of a track in a stretch of time: the buckets of the level, and slices of its class and the
   * coarser ones. What is not here yet is stood in for by the buckets of a coarser level; where there are no tiles so fine,
   * those of the finest level that there is are what there is to show.
   * @param {(content: object, from: number, to: number, level: number) => void} bucketsOf
   * @param {(content: object) => void} slicesOf
   */
  visit(track, level, from, to, bucketsOf, slicesOf) {
    level = Math.max(level, this.finest(track));
    if (level > this.top) return;
    for (let tile = Math.floor(Math.max(0, from) / tileWidth(level)); tile * tileWidth(level) <= to; tile++) {
      const start = tile * tileWidth(level);
      this.bucketsOf(track, level, tile, Math.max(from, start), Math.min(to, start + tileWidth(level)), bucketsOf);
    }
    for (let part = level; part <= this.top; part++) {
      const reach = part === this.top ? Infinity : bucketWidth(part + 1);
      const first = reach === Infinity ? 0 : Math.floor(Math.max(0, from - reach) / tileWidth(part));
      for (let tile = first; tile * tileWidth(part) <= to; tile++) {
        const content = this.get(track, part, tile);
        if (content) slicesOf(content);
      }
    }
  }

  /** The tiles of a counter, which holds its value from one sample to the next: one tile before the picture too. */
  visitCounter(track, level, from, to, body) {
    level = Math.max(level, this.finest(track));
    if (level > this.top) return;
    const first = Math.floor(Math.max(0, from) / tileWidth(level));
    for (let tile = Math.max(0, first - 1); tile * tileWidth(level) <= to; tile++) {
      const content = this.get(track, level, tile);
      if (content) body(content);
    }
  }

  bucketsOf(track, level, tile, from, to, body) {
    const content = this.get(track, level, tile);
    if (content) body(content, from, to, level);
    if (content !== undefined || level >= this.top) return;
    for (let coarser = level + 1; coarser <= this.top; coarser++) {
      const parent = this.tiles.get(TileCache.key(track, coarser, Math.floor(tile / 8 ** (coarser - level))));
      if (parent) {
        if (parent.content) body(parent.content, from, to, coarser);
        return;
      }
    }
  }
}

/** The place of the first value that is not below. */
export function lowerBound(values, wanted) {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (values[middle] < wanted) low = middle + 1; else high = middle;
  }
  return low;
}
