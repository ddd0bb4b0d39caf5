// Which tracks are rows of the picture, where they lie, and what is folded or pinned.

export const sizes = { group: 26, lane: 18, gap: 6, counter: 44, folded: 16 };

const groups = new Set(["group", "idle", "process", "thread", "device"]);

export function isGroup(track) { return groups.has(track.kind); }

/** The tree of tracks with what the user folded and pinned. */
export class Rows {
  /** @param {object[]} tracks As the server lists them: parents before children. */
  constructor(tracks) {
    this.tracks = tracks;
    this.children = tracks.map(() => []);
    this.roots = [];
    for (const track of tracks) {
      (this.children[track.parent] ?? this.roots).push(track.id);
    }
    /** Groups without anything in them are left out. */
    this.isEmpty = tracks.map(() => false);
    for (const track of [...tracks].reverse()) {
      this.isEmpty[track.id] = isGroup(track) ? this.children[track.id].every((child) => this.isEmpty[child]) : track.count === 0;
    }
    this.depth = tracks.map((track) => this.ancestors(track.id).length - 1);
    this.folded = new Set();
    this.pinned = [];
    this.layout();
  }

  /** Tracks below a group that hold slices. */
  leaves(id, list = []) {
    if (!isGroup(this.tracks[id])) list.push(id);
    for (const child of this.children[id]) this.leaves(child, list);
    return list;
  }

  /** A track and what it lies in, from the inside out. */
  ancestors(id) {
    const list = [];
    for (let track = this.tracks[id]; track; track = this.tracks[track.parent]) list.push(track);
    return list;
  }

  toggleFold(id) {
    if (!this.folded.delete(id)) this.folded.add(id);
    this.layout();
  }

  togglePin(id) {
    const place = this.pinned.indexOf(id);
    if (place >= 0) this.pinned.splice(place, 1); else this.pinned.push(id);
    this.layout();
  }

  /** Unfolds everything around a track. */
  reveal(id) {
    for (const track of this.ancestors(id)) if (track.id !== id || isGroup(track)) this.folded.delete(track.id);
    this.layout();
  }

  layout() {
    this.list = [];
    let top = 0;
    const add = (id, isPinned) => {
      const track = this.tracks[id];
      const isFolded = this.folded.has(id);
      let lanes = track.lanes;
      let height = sizes.group;
      if (track.kind === "counter") height = isFolded ? sizes.group : sizes.counter;
      else if (!isGroup(track)) {
        if (isFolded) lanes = Math.min(1, lanes);
        height = Math.max(sizes.group, lanes * sizes.lane + sizes.gap);
      }
      this.list.push({ id, track, top, height, lanes, isFolded, isPinned, depth: isPinned ? 0 : this.depth[id] });
      top += height;
    };
    for (const id of this.pinned) add(id, true);
    this.pinnedHeight = top;
    const walk = (id) => {
      if (this.isEmpty[id]) return;
      add(id, false);
      if (!this.folded.has(id)) for (const child of this.children[id]) walk(child);
    };
    for (const root of this.roots) walk(root);
    this.height = top;
  }

  /** The row of a track: the pinned one where there is one. */
  of(id) { return this.list.find((row) => row.id === id); }

  /** The row at a height. */
  at(y) {
    let low = 0;
    let high = this.list.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.list[middle].top + this.list[middle].height <= y) low = middle + 1; else high = middle;
    }
    return this.list[low] && this.list[low].top <= y ? this.list[low] : null;
  }
}
