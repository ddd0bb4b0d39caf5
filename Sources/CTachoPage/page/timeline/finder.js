// Finding slices: under a point, beside the chosen one, by name.
import { lowerBound, bucketWidth, tileWidth } from "tacho/timeline/tiles.js";
import { plural } from "tacho/format.js";
import { isGroup } from "tacho/timeline/rows.js";

export class Finder {
  /** @param {import("tacho/timeline/view.js").TimelineView} timeline */
  constructor(timeline) {
    this.timeline = timeline;
    const { search } = timeline.nodes;
    search.addEventListener("keydown", (event) => {
      if (event.key === "Enter") { event.preventDefault(); this.next(event.shiftKey); }
      if (event.key === "Escape") { search.value = ""; this.query = null; timeline.nodes.plot.focus({ preventScroll: true }); this.say(null); }
    });
    let waiting = 0;
    search.addEventListener("input", () => {
      clearTimeout(waiting);
      waiting = setTimeout(() => this.count(), 200);
    });
  }

  get tiles() { return this.timeline.tiles; }

  slice(track, lane, content, index) {
    const label = this.timeline.labelOf(content.label[index]);
    return {
      track, lane, label: content.label[index], key: content.key[index], start_ns: content.start[index], duration_ns: content.duration[index],
      name: label?.name ?? "", kind: label?.kind ?? "", flags: label?.flags ?? 0,
    };
  }

  // Under a point

  /** The slice at a time, or within two pixels of it, or the bucket that it is merged into. */
  at(track, lane, time) {
    const { view, width } = this.timeline;
    const pixel = (view.to - view.from) / width;
    const level = this.tiles.level(pixel / (this.timeline.scale || 1));
    let best = null;
    let bestDistance = 2 * pixel;
    let bucket = null;
    this.tiles.visit(track, level, Math.max(0, time - 4 * pixel), time + 4 * pixel, (content, from, to, bucketLevel) => {
      const part = content.get(lane);
      if (!part) return;
      const size = bucketWidth(bucketLevel);
      // What one pixel shows is what its buckets hold together.
      const low = view.from + Math.floor((time - view.from) / pixel) * pixel;
      const high = low + pixel;
      for (let index = lowerBound(part.bucketStart, low - size); index < part.buckets && part.bucketStart[index] < high; index++) {
        if (part.bucketStart[index] + size <= low) continue;
        bucket ??= { start: part.bucketStart[index], end: 0, busy: 0, count: 0, label: part.bucketLabel[index], most: -1 };
        bucket.end = part.bucketStart[index] + size;
        bucket.busy += part.busy[index];
        bucket.count += part.bucketCount[index];
        if (part.busy[index] > bucket.most) { bucket.most = part.busy[index]; bucket.label = part.bucketLabel[index]; }
      }
    }, (content) => {
      const part = content.get(lane);
      if (!part) return;
      for (let index = Math.max(0, lowerBound(part.start, time - 4 * pixel) - 1); index < part.slices && part.start[index] <= time + 4 * pixel; index++) {
        const distance = Math.max(part.start[index] - time, time - part.start[index] - part.duration[index], 0);
        if (distance < bestDistance || (distance === 0 && bestDistance === 0)) {
          bestDistance = distance;
          best = this.slice(track, lane, part, index);
        }
      }
    });
    if (best) return { slice: best };
    if (bucket) return { bucket: { ...bucket, width: bucket.end - bucket.start } };
    return {};
  }

  counterAt(track, time) {
    const { view, width, scale } = this.timeline;
    const level = Math.max(track.base_level, this.tiles.level((view.to - view.from) / width / (scale || 1)));
    let value = null;
    this.tiles.visitCounter(track.id, level, time - tileWidth(level), time, (content) => {
      for (let index = 0; index < content.time.length && content.time[index] <= time; index++) value = content.mean[index];
    });
    return value;
  }

  // Beside the chosen one

  /** All slices of a lane that are drawn one by one, in order: in the picture and as far around it as `around` says. */
  drawn(track, lane, around = 1) {
    const { view, width, scale } = this.timeline;
    const span = view.to - view.from;
    const [from, to] = [view.from - around * span, view.to + around * span];
    const list = [];
    this.tiles.visit(track, this.tiles.level(span / width / (scale || 1)), Math.max(0, from), to, () => {}, (content) => {
      const part = content.get(lane);
      if (!part) return;
      for (let index = Math.max(0, lowerBound(part.start, from) - 1); index < part.slices && part.start[index] <= to; index++) {
        if (part.start[index] + part.duration[index] >= from) list.push(this.slice(track, lane, part, index));
      }
    });
    return list.sort((a, b) => a.start_ns - b.start_ns || a.key - b.key);
  }

  /** The slice before or after on the same lane; from the picture's middle where none is chosen. */
  step(direction, isFar) {
    const { timeline } = this;
    const { chosen } = timeline.state;
    if (!chosen) {
      const rows = timeline.rows.list.filter((row) => row.track.lanes > 0 && (row.isPinned || row.top + row.height > timeline.view.top));
      const row = rows.find((candidate) => this.drawn(candidate.id, 0, 0).length > 0) ?? rows[0];
      if (row) this.enter(row.id);
      return;
    }
    const list = this.drawn(chosen.track, chosen.lane);
    const place = list.findIndex((slice) => slice.start_ns === chosen.start_ns && slice.key === chosen.key);
    const next = place < 0
      ? (direction > 0 ? list.find((slice) => slice.start_ns > chosen.start_ns) : list.findLast((slice) => slice.start_ns < chosen.start_ns))
      : list[place + direction * (isFar ? 10 : 1)] ?? (isFar ? list.at(direction > 0 ? -1 : 0) : undefined);
    if (next && next !== list[place]) this.take(next);
    else timeline.announce("No other slice here is long enough to be drawn by itself: zoom in with W.");
  }

  take(slice) {
    const { timeline } = this;
    const { view } = timeline;
    const span = view.to - view.from;
    if (slice.start_ns < view.from || slice.start_ns > view.to) timeline.show(slice.start_ns - span / 2, slice.start_ns + span / 2);
    timeline.bringIntoSight(slice.track);
    timeline.chooseSlice(slice);
  }

  /** Chooses the slice of a track that is nearest to the picture's middle. */
  enter(track) {
    const { timeline } = this;
    const middle = timeline.state.chosen ? timeline.state.chosen.start_ns + Math.min(timeline.state.chosen.duration_ns, timeline.view.to - timeline.view.from) / 2
      : (timeline.view.from + timeline.view.to) / 2;
    this.enterLane(track, 0, middle);
  }

  enterLane(track, lane, time) {
    let best = null;
    const distance = (slice) => Math.max(slice.start_ns - time, time - slice.start_ns - slice.duration_ns, 0);
    for (const slice of this.drawn(track, lane)) if (!best || distance(slice) < distance(best)) best = slice;
    if (best) this.take(best);
    else this.timeline.announce(`${this.timeline.data.tracks[track].name}: no slice is long enough to be drawn by itself: zoom in with W.`);
    return best !== null;
  }

  /** The lane above or below, over the edges of tracks. */
  stepRow(direction) {
    const { timeline } = this;
    const { chosen } = timeline.state;
    if (!chosen) {
      timeline.scroll(direction * 60);
      return;
    }
    const time = chosen.start_ns + Math.min(chosen.duration_ns, timeline.view.to - timeline.view.from) / 2;
    const lanes = timeline.rows.list.filter((row) => !row.isPinned && !isGroup(row.track)).flatMap((row) => Array.from({ length: row.lanes }, (_, lane) => [row.id, lane]));
    let place = lanes.findIndex(([track, lane]) => track === chosen.track && lane === chosen.lane);
    for (place += direction; place >= 0 && place < lanes.length; place += direction) {
      if (this.drawn(...lanes[place]).length > 0) {
        this.enterLane(...lanes[place], time);
        return;
      }
    }
  }

  // By name

  say(text) { this.timeline.nodes.matches.textContent = text ?? ""; }

  async count() {
    const query = this.timeline.nodes.search.value.trim();
    this.query = query;
    this.timeline.saveSoon();
    if (!query) return this.say(null);
    const answer = await this.ask({ q: query });
    if (!answer || this.query !== query) return;
    this.sayCount(answer);
    this.timeline.panel.showNames(query, answer);
  }

  sayCount({ count, merged }) {
    this.say(plural(count, "match", "matches") + (merged > 0 ? `, ${merged === count ? "all" : plural(merged, "shorter one")} merged in this file` : ""));
  }

  async ask(question) {
    try {
      return await this.timeline.source.search(question);
    } catch (error) {
      this.say(error.failure?.problem ?? error.message);
      return null;
    }
  }

  /** Goes to the next match behind the chosen slice, and from the end to the first again. */
  async next(backwards, fromStart = false) {
    const { timeline } = this;
    const query = timeline.nodes.search.value.trim();
    if (!query) { timeline.nodes.search.focus(); return; }
    const { chosen } = timeline.state;
    const words = { q: query, backwards };
    const isBehind = chosen && !fromStart;
    const at = isBehind ? { at: chosen.start_ns, track: chosen.track, key: chosen.key }
      : { at: Math.round(fromStart ? 0 : backwards ? timeline.view.to : Math.max(0, timeline.view.from)) };
    let answer = await this.ask({ ...words, ...at });
    if (answer && !answer.found && answer.count > 0) {
      answer = await this.ask({ ...words, at: backwards ? timeline.data.length_ns + 1 : 0 });
    }
    if (!answer) return;
    this.sayCount(answer);
    if (answer.found) timeline.goTo(answer.found);
    else timeline.panel.showNames(query, answer);
  }
}
