// Where a timeline's answers come from: the server, or the page itself where it was exported to a file.
import { EmbeddedTimeline } from "tacho/timeline/embedded.js";

/** What the timeline of a report asks: each answer as docs/page-timeline.md has it. */
class ServedTimeline {
  constructor(api, base) {
    this.api = api;
    this.base = base;
  }

  overview() { return this.api.json(this.base); }
  labels(page) { return this.api.json(`${this.base}/labels?page=${page}`); }
  /** @param {string} tiles `LEVEL.NUMBER`, between commas. @param {string} tracks Numbers, between commas. */
  tiles(tiles, tracks) { return this.api.binary(`${this.base}/tiles?tiles=${tiles}&tracks=${tracks}`); }
  select(from, to, tracks) { return this.api.json(`${this.base}/select?from=${from}&to=${to}&tracks=${tracks.join(",")}`); }
  /** @param {{q: string, at?: number, track?: number, key?: number, backwards?: boolean}} question */
  search({ q, at, track, key, backwards }) {
    const parts = [`q=${encodeURIComponent(q)}`, at !== undefined && `at=${at}`, track !== undefined && `track=${track}`, key !== undefined && `key=${key}`, backwards && "backwards=1"];
    return this.api.json(`${this.base}/search?${parts.filter(Boolean).join("&")}`);
  }
  chain({ track, start_ns: start, key }) { return this.api.json(`${this.base}/chain?slice=${track}:${start}:${key}`); }
  /** What timelines can be aligned at. */
  instances() { return this.api.json(`${this.base}/instances`); }
  /** @param {number} [number] In order of time, from 1; else the one of median length. */
  instance(name, kind, number) {
    return this.api.json(`${this.base}/instances?name=${encodeURIComponent(name)}&kind=${encodeURIComponent(kind)}${number ? `&number=${number}` : ""}`);
  }
  keepBookmarks(list) { return this.api.put(`${this.base}/bookmarks`, list); }
}

/** @param {object} api The module `tacho/api.js`. @param {string} report Its id. */
export function timelineOf(api, report) {
  const base = `reports/${encodeURIComponent(report)}/timeline`;
  return api.isExported ? new EmbeddedTimeline(api, base) : new ServedTimeline(api, base);
}
