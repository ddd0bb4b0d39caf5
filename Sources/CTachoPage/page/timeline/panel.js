// Below the picture: what was chosen, what lies in the box, what was found, bookmarks, and the keys.
import { element, replace } from "tacho/dom.js";
import { bytes, count, duration, percent, plural } from "tacho/format.js";
import { counterText } from "tacho/timeline/list.js";
import { css, flag, paint } from "tacho/timeline/colours.js";

const kinds = {
  nvtxPushPop: "range", nvtxStartEnd: "range", nvtxMark: "mark", cudaRuntime: "CUDA call", cudaDriver: "CUDA driver call",
  kernel: "kernel", copy: "copy", set: "set", graph: "graph", synchronisation: "wait", overhead: "overhead of recording",
  projection: "range on the device", phase: "step of starting up", query: "query", wait: "waiting", engine: "engine's call",
  layer: "layer", gap: "gap",
};
export function kindText(kind) { return kinds[kind] ?? kind; }

/** Views of a box: which kinds of slices they list. */
const boxViews = [
  ["By name", () => true],
  ["By layer", (group) => group.kind === "layer"],
  ["By kernel", (group) => ["kernel", "copy", "set", "graph"].includes(group.kind)],
  ["Ranges", (group) => group.kind.startsWith("nvtx") || group.kind === "projection"],
  ["Calls", (group) => group.kind.startsWith("cuda")],
  ["Waiting", (group) => (group.flags & flag.waiting) !== 0],
];

export class Panel {
  /** @param {HTMLElement} node @param {import("tacho/timeline/view.js").TimelineView} timeline */
  constructor(node, timeline) {
    this.timeline = timeline;
    this.body = element("div", { class: "tl-panel-body", tabindex: 0, role: "group", "aria-label": "Details" });
    this.title = element("h2", { class: "tl-panel-title" });
    this.actions = element("span", { class: "tl-panel-actions" });
    this.boxView = 0;
    replace(node,
      element("div", { class: "tl-panel-head" }, this.title, this.actions,
        element("button", { type: "button", class: "quiet", "aria-label": "Close details", onclick: () => this.close() }, "✕")),
      this.body);
    this.node = node;
    node.hidden = true;
  }

  open(title, actions, ...content) {
    replace(this.title, title);
    replace(this.actions, actions);
    replace(this.body, ...content);
    this.body.scrollTop = 0;
    if (this.node.hidden) {
      this.node.hidden = false;
      this.timeline.layout();
    }
  }

  close() {
    if (this.node.hidden) return;
    this.node.hidden = true;
    this.timeline.layout();
    this.timeline.nodes.plot.focus({ preventScroll: true });
  }

  swatch(label) {
    const style = paint(label, this.timeline.colours);
    return element("span", { class: `tl-swatch${style.hatch ? " is-hatched" : ""}`, "aria-hidden": "true", style: { backgroundColor: css(style.rgb) } });
  }

  button(text, action, title) {
    return element("button", { type: "button", onclick: action, title: title ?? null }, text);
  }

  // What was chosen

  /** @param {object} chain As the server tells it. */
  showChain(chain) {
    const { timeline } = this;
    const [chosen, ...others] = chain.links;
    const track = timeline.data.tracks[chosen.track];
    const { detail } = chain;
    const parts = [["Kind", `${kindText(chosen.kind)}${chosen.flags & flag.overhead ? ", overhead" : ""}${chosen.flags & flag.warmUp ? ", warm-up" : ""}`],
      ["Track", timeline.path(chosen.track)], ["Start", timeline.timeText(chosen.start_ns, 1)],
      !(chosen.flags & flag.mark) && ["Duration", chosen.flags & flag.open ? `${duration(chosen.duration_ns)} until recording ended` : duration(chosen.duration_ns)],
      ["Category", detail.category ?? detail.type], ["Provider", detail.provider],
      ["Bytes", detail.bytes !== undefined ? `${bytes(detail.bytes)}${chosen.duration_ns > 0 ? ` (${bytes(Math.round(detail.bytes / chosen.duration_ns * 1e9))}/s)` : ""}` : null],
      ["Value", detail.payload], ["Correlation", detail.correlation !== undefined ? String(detail.correlation) : null], ...this.json(detail.detail)];
    const label = timeline.labels[chosen.label];
    if (label && label.count > 1) parts.push(["All of this name here", `${count(label.count)}, mean ${duration(label.busy_ns / label.count)}, sum ${duration(label.busy_ns)}`]);
    const links = [];
    if (chosen.kind === "layer") {
      links.push(element("a", { class: "button", href: timeline.context.link("layers", { layer: chosen.name }) }, "Layer table"));
      for (const node of (detail.nodes ?? []).slice(0, 4)) links.push(element("a", { class: "button", href: timeline.context.link("model", { node }) }, `Node ${node || "without a name"}`));
    }
    this.open([this.swatch(chosen), " ", chosen.name], [this.button("Zoom to", () => timeline.showChosen(), "F or Enter"),
      this.button("Next of this name", () => timeline.searchName(chosen.name), "Search for it"), links],
    element("dl", { class: "tl-facts" }, parts.filter((part) => part && part[1] !== undefined && part[1] !== null && part[1] !== "")
      .map(([name, value]) => element("div", null, element("dt", null, name), element("dd", null, value)))),
    chain.is_partial && element("p", { class: "dim" }, `What it belongs to is not in this exported file: tacho open ${timeline.context.report.name}.tacho shows it.`),
    others.length > 0 && element("section", null,
      element("h3", null, `Chain: ${plural(others.length, "link")}${chain.left ? `, and ${count(chain.left)} more` : ""}`),
      this.table(["Name", "Kind", "Track", "Start", "Duration"], others.slice(0, 300).map((link) => ({
        link, cells: [[this.swatch(link), " ", link.name], kindText(link.kind), timeline.data.tracks[link.track].name, timeline.timeText(link.start_ns, 1), duration(link.duration_ns)],
      })), (row) => timeline.goTo(row.link))));
    timeline.announce(`${chosen.name}, ${kindText(chosen.kind)}, ${duration(chosen.duration_ns)}, starts at ${timeline.timeText(chosen.start_ns, 1)}, on ${track.name}`
      + (others.length > 0 ? `, chain of ${others.length}` : ""));
  }

  json(text) {
    if (!text) return [];
    try {
      return Object.entries(JSON.parse(text)).map(([name, value]) => [name.replaceAll("_", " "), Array.isArray(value) ? value.join(" x ") : typeof value === "object" ? JSON.stringify(value) : String(value)]);
    } catch {
      return [["Detail", text]];
    }
  }

  showBucket(bucket, track, zoom) {
    const { timeline } = this;
    const label = timeline.labels[bucket.label];
    this.open([this.swatch(label), ` ${plural(bucket.count, "slice")} in ${duration(bucket.width)}`], [this.button("Zoom in", zoom, "Double click")],
      element("p", null, `On ${track.name}, ${duration(bucket.busy)} of it are busy (${percent(bucket.busy / bucket.width)}). Most of that time takes ${label?.name ?? "a name that is being loaded"}. They are too short to be drawn one by one here.`));
  }

  // What lies in the box

  showBox(selection) {
    const { timeline } = this;
    this.selection = selection;
    const span = selection.to_ns - selection.from_ns;
    const views = boxViews.filter(([, fits], index) => index === 0 || selection.groups.some(fits));
    const view = Math.min(this.boxView, views.length - 1);
    const groups = selection.groups.filter(views[view][1]);
    const sum = groups.reduce((total, group) => total + group.inside_ns, 0);
    const tabs = element("span", { class: "tl-tabs", role: "group", "aria-label": "Group the box" }, views.map(([name], index) =>
      element("button", { type: "button", class: "quiet", "aria-pressed": index === view ? "true" : "false", onclick: () => { this.boxView = index; this.showBox(selection); } }, name)));
    const merged = selection.merged ?? { count: 0 };
    this.open(`Box: ${duration(span)}, ${plural(selection.count + merged.count, "slice")}`, [tabs, this.button("Zoom to", () => timeline.zoomToBox())],
      groups.length > 0 && this.table(["Name", "Kind", "#Count", "#In the box", "#Share of the box", "#Mean", "#Least", "#Greatest"], groups.map((group) => ({
        group, cells: [[this.swatch(group), " ", group.name], kindText(group.kind), count(group.count), duration(group.inside_ns),
          percent(group.inside_ns / Math.max(1, span)), duration(group.total_ns / group.count), duration(group.min_ns), duration(group.max_ns)],
      })), (row) => timeline.searchName(row.group.name)),
      groups.length > 0 && element("p", { class: "dim" }, `${plural(groups.length, "name")}, ${duration(sum)} in sum. Times in the box are cut at its edges; mean, least and greatest are of whole slices. `
        + `Slices inside others and on several tracks count each.${selection.groups_left > 0 ? ` ${plural(selection.groups_left, "shorter name")} left out.` : ""}`),
      merged.count > 0 && element("p", { class: "tl-merged" }, `${plural(merged.count, "shorter slice")}, ${duration(merged.busy_ns)} in sum, of all names, are merged into columns in this exported file and are not in the table `
        + `(told to within ${duration(merged.width_ns)} at the box's edges): tacho open ${timeline.context.report.name}.tacho names them.`),
      selection.counters.length > 0 && this.table(["Counter", "#Samples", "#Least", "#Mean", "#Greatest"], selection.counters.map((counter) => {
        const track = timeline.data.tracks[counter.track];
        return { cells: [track.name, count(counter.samples), counterText(counter.min, track.unit), counterText(counter.mean, track.unit), counterText(counter.max, track.unit)] };
      })),
      selection.count + merged.count === 0 && selection.counters.length === 0 && element("p", null, "Nothing lies in it."));
    timeline.announce(`Box of ${duration(span)} with ${selection.count} slices${groups[0] ? `, most of the time ${groups[0].name}` : ""}`);
  }

  // What was found

  showNames(query, answer) {
    const { timeline } = this;
    this.open(`“${query}”: ${plural(answer.count, "slice")}`, null,
      answer.names.length === 0 ? element("p", null, "No slice has this in its name.")
        : this.table(["Name", "Kind", "#Count", "#Sum", "#Mean"], answer.names.map((name) => ({
          name, cells: [name.name, kindText(name.kind), count(name.count), duration(name.busy_ns), duration(name.busy_ns / Math.max(1, name.count))],
        })), (row) => timeline.searchName(row.name.name)));
  }

  showBookmarks() {
    const { timeline } = this;
    const { bookmarks, obstacle } = timeline.data;
    const show = (bookmark) => element("button", { type: "button", class: "quiet", onclick: () => timeline.show(bookmark.from_ns, bookmark.to_ns) },
      `${timeline.timeText(bookmark.from_ns, 1000)}, ${duration(bookmark.to_ns - bookmark.from_ns)}`);
    if (timeline.data.embedded) {
      this.open("Bookmarks", null,
        element("p", { class: "dim" }, `They are kept in the report: tacho open ${timeline.context.report.name}.tacho takes new ones, this exported file does not.`),
        bookmarks.length === 0 ? element("p", null, "None were there.")
          : element("ul", { class: "tl-bookmarks" }, bookmarks.map((bookmark) => element("li", null, element("span", null, bookmark.name), show(bookmark)))));
      return;
    }
    this.open("Bookmarks", [this.button("Bookmark this stretch", () => timeline.addBookmark(), "M")],
      obstacle && element("p", { class: "dim" }, `Bookmarks cannot be kept in this report: ${obstacle}.`),
      bookmarks.length === 0 ? element("p", null, "None yet.") : element("ul", { class: "tl-bookmarks" }, bookmarks.map((bookmark, index) => element("li", null,
        element("input", { value: bookmark.name, "aria-label": "Name of the bookmark", onchange: (event) => timeline.changeBookmarks((list) => { list[index].name = event.target.value; }) }),
        show(bookmark),
        element("button", { type: "button", class: "quiet", "aria-label": `Remove ${bookmark.name}`, onclick: () => timeline.changeBookmarks((list) => list.splice(index, 1)) }, "✕")))));
  }

  showHelp() {
    const keys = [["W S", "zoom in and out"], ["A D", "to earlier and later"], ["← →", "slice before and after"], ["↑ ↓", "row above and below"],
      ["F, Enter", "zoom to the slice"], ["Home, 0", "show everything"], ["Shift and drag", "draw a box: statistics of what is inside"], ["[ ]", "begin and end of a box at the slice"],
      ["/", "search; N and Shift N: next and previous"], ["P", "pin the row"], ["Space", "fold the row"], ["M", "bookmark"], ["Esc", "clear"],
      ["Wheel", "scroll; with Ctrl, or on the axis: zoom; with Shift: earlier and later"], ["Drag, touch", "move; two fingers zoom"], ["Double click", "zoom into"]];
    const legend = [["overhead: copies, reformats, casts", { flags: flag.overhead, name: "" }], ["waiting, with its cause", { flags: flag.waiting, name: "" }]];
    this.open("Keys and signs", null,
      element("dl", { class: "tl-keys" }, keys.map(([key, text]) => element("div", null, element("dt", null, element("kbd", null, key)), element("dd", null, text)))),
      element("p", null, legend.map(([text, label]) => [this.swatch(label), ` ${text}   `])),
      element("p", { class: "dim" }, "A slice too short for its pixel becomes part of a column, whose height is the share of its time that is busy, in the colour of the name that takes most of it. Pale: warm-up, or a range laid on the device work that it launched."));
  }

  /** A table whose rows can be chosen by click and by key. Headings with # are numbers. */
  table(headings, rows, choose) {
    const isNumber = headings.map((heading) => heading.startsWith("#"));
    const body = element("tbody", null, rows.map((row) => element("tr", choose ? {
      tabindex: 0, class: "tl-link", onclick: () => choose(row),
      onkeydown: (event) => { if (event.key === "Enter") { event.preventDefault(); choose(row); } },
    } : null, row.cells.map((cell, index) => element("td", { class: isNumber[index] ? "number" : null }, cell)))));
    return element("div", { class: "scroll" }, element("table", { class: "tl-table" },
      element("thead", null, element("tr", null, headings.map((heading, index) => element("th", { scope: "col", class: isNumber[index] ? "number" : null }, heading.replace(/^#/, ""))))), body));
  }
}
