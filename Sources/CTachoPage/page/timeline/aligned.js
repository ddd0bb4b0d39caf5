// Timelines of several reports one below the other: time zero is where a chosen inference, or range, begins in each; they are zoomed
// and moved as one.
import { element, errorCard, replace } from "tacho/dom.js";
import { count, duration, plural } from "tacho/format.js";
import { within } from "tacho/timeline/frame.js";
import { timelineOf } from "tacho/timeline/source.js";
import { TimelineView } from "tacho/timeline/view.js";

/** More than can be told apart on one screen. */
const most = 6;
const start = "start";

/** One report's timeline among the others: what moves it moves all. */
class AlignedTimeline extends TimelineView {
  get group() { return this.context.group; }

  get isInPage() { return true; }

  bar() {
    const { side, report } = this.context;
    this.nodes.at = element("span", { class: "tl-at" });
    this.nodes.open = element("a", { class: "button", "aria-label": `Open the timeline of ${report.name}` }, "Open");
    return element("div", { class: "tl-bar", role: "toolbar", "aria-label": `Timeline of ${report.name}` },
      element("h3", null, `${side.toUpperCase()}: ${report.name}`), this.nodes.at, this.nodes.open, this.nodes.search, this.searchButtons(), this.nodes.matches, this.nodes.box);
  }

  /** It is placed when it is known what it is aligned at. */
  begin() { this.view.isAligned = true; }

  /** As tall as its rows, within the window. */
  room() {
    const { plot, panel } = this.nodes;
    const others = plot.getBoundingClientRect().top - this.container.getBoundingClientRect().top + (panel.hidden ? 0 : panel.offsetHeight) + 4;
    return Math.max(170, Math.min(this.rows.height, window.innerHeight * 0.55) + others);
  }

  fold(track) {
    super.fold(track);
    this.layout();
  }

  pin(track) {
    super.pin(track);
    this.layout();
  }

  show(from, to) { this.group.show(from - this.view.zero, to - this.view.zero); }

  showAll() { this.group.showAll(); }

  /** The stretch that all show, in times of its own. */
  take(from, to) {
    this.view.from = from + this.view.zero;
    this.view.to = to + this.view.zero;
    this.redraw();
  }

  saveSoon() { this.group.saveSoon(); }

  hover(...place) {
    super.hover(...place);
    this.group.point(this, this.state.cursor - this.view.zero);
  }

  leave() {
    super.leave();
    this.group.point(this, null);
  }

  /** Sets time zero. @param {object | null} instance What the server tells of one; null: the timeline's beginning. */
  align(instance) {
    this.instance = instance;
    this.view.zero = instance?.slice.start_ns ?? 0;
    if (!instance) return;
    const { track, start_ns: from, duration_ns: length, key } = instance.slice;
    const origin = this.data.origin_ns;
    this.nodes.open.href = this.context.link("timeline", { from: origin + from - Math.round(length * 0.1), to: origin + from + Math.round(length * 1.1), sel: `${track}:${from}:${key}` });
    // Launches beside the one that is looked at are folded; others than these the user folds.
    if (!this.hasFolded && this.rows.roots.length > 1) {
      this.hasFolded = true;
      const own = this.rows.ancestors(track).at(-1).id;
      for (const root of this.rows.roots) if (root !== own && this.rows.children[root].length > 0) this.rows.folded.add(root);
      this.rows.layout();
    }
    this.rows.reveal(track);
    this.layout();
    this.bringIntoSight(track);
  }

  /** Which one it is aligned at, and choosing another. */
  tell(name, choose) {
    const { instance } = this;
    if (!instance) {
      replace(this.nodes.at, name ? `has no ${name}: aligned at its start` : "from its start");
      this.nodes.open.href = this.context.link("timeline", {});
      return;
    }
    const field = element("input", {
      type: "number", min: 1, max: instance.count, value: String(instance.number), "aria-label": `Which ${name} of ${this.context.report.name}`,
      onchange: () => choose(Math.min(instance.count, Math.max(1, Math.round(Number(field.value)) || 1))),
    });
    const to = (text, number, title) => element("button", { type: "button", class: "quiet", disabled: !number || number === instance.number, title, onclick: () => choose(number) }, text);
    replace(this.nodes.at, `${name} `, field, ` of ${count(instance.count)}, ${duration(instance.slice.duration_ns)}, ${instance.rank === 1 ? "the fastest" : instance.rank === instance.count ? "the slowest" : `${count(instance.rank - 1)} are faster`}`,
      to("Faster", instance.faster, "The next shorter one"), to("Median", instance.median, "The one of median length"), to("Slower", instance.slower, "The next longer one"));
  }
}

export class AlignedTimelines {
  /**
   * @param {object} context Of the view.
   * @param {{side: string, report: object}[]} members
   */
  constructor(context, members) {
    this.context = context;
    this.members = members.slice(0, most);
    this.views = [];
    this.body = element("div", { class: "tl-together" }, element("p", { class: "waiting" }, "Reading the timelines …"));
    this.tools = element("div", { class: "tl-align" });
    this.node = element("section", { class: "compare-timelines" }, element("h2", null, "Timelines"),
      members.length > most && element("p", { class: "dim" }, `Of the first ${most} reports.`), this.tools, this.body);
  }

  /** Reads and shows them; what goes wrong is told in their place. */
  async open() {
    try {
      const found = await Promise.all(this.members.map(async ({ side, report }) => {
        const source = timelineOf(this.context.api, report.id);
        const [data, names] = await Promise.all([source.overview(), source.instances()]);
        return { side, report, source, data, names };
      }));
      if (this.closed) return;
      this.found = found.filter(({ data }) => data.tracks.some((track) => track.count > 0));
      if (this.found.length === 0) {
        replace(this.body, element("p", { class: "dim" }, "Nothing in these reports has a place in time."));
        return;
      }
      const [name, numbers] = this.readState();
      this.draw();
      await this.alignAt(name, numbers);
    } catch (error) {
      if (!this.closed) replace(this.body, errorCard(error, "The timelines"));
    }
  }

  close() {
    this.closed = true;
    clearTimeout(this.saving);
    for (const view of this.views) view.close();
  }

  // The page

  draw() {
    const { context } = this;
    replace(this.body, this.found.map(({ side, report, source, data }) => {
      const container = element("div", { class: "tl-aligned" });
      const own = {
        ...context, report, side, group: this, state: new URLSearchParams(), setState() {},
        link: (view, changes) => context.link(view, { report: report.id, ...changes }),
      };
      this.views.push(new AlignedTimeline(container, own, source, data));
      return container;
    }));
    // Tests ask it what it shows.
    this.node.timelines = this;
    const options = this.options();
    this.choice = element("select", { id: "align-at", onchange: () => this.alignAt(this.choice.value, []).catch((error) => replace(this.body, errorCard(error, "The timelines"))) },
      options.map(({ key, text }) => element("option", { value: key }, text)));
    const button = (text, title, action) => element("button", { type: "button", title, "aria-label": title, onclick: action }, text);
    replace(this.tools, element("label", { for: "align-at" }, "Align at "), this.choice,
      button("+", "Zoom in", () => this.zoom(0.5)), button("−", "Zoom out", () => this.zoom(2)), button("All", "Show everything", () => this.showAll()),
      button("Fit", "Show what they are aligned at", () => this.showInstances()), this.views[0].nodes.range,
      element("p", { class: "dim" }, "Drag, or Shift with the wheel: earlier and later in all of them. Ctrl with the wheel: zoom. Keys as in the timeline."));
  }

  /** What to align at: what all reports have, then what some have, then their beginning. */
  options() {
    const known = new Map();
    for (const { names } of this.found) {
      for (const { name, kind } of names) {
        const key = `${kind}:${name}`;
        known.set(key, { key, name, kind, reports: (known.get(key)?.reports ?? 0) + 1 });
      }
    }
    const all = this.found.length;
    const list = [...known.values()].sort((one, other) => other.reports - one.reports).slice(0, 300)
      .map((each) => ({ ...each, text: `${each.name}${each.reports < all ? ` (${plural(each.reports, "report")} of ${all})` : ""}` }));
    return [...list, { key: start, text: "the beginning of each" }];
  }

  /** What was asked for, else an inference that all have, else the beginning. */
  readState() {
    const options = this.options();
    const wanted = this.context.state.get("align");
    const numbers = (this.context.state.get("at") ?? "").split(".").map((text) => (/^\d{1,12}$/.test(text) ? Number(text) : 0));
    if (options.some(({ key }) => key === wanted)) return [wanted, numbers];
    return [options.find(({ kind, reports }) => kind === "query" && reports === this.found.length)?.key ?? start, numbers];
  }

  // Aligning

  /** @param {string} key Of an option. @param {number[]} numbers By report; 0 or none: the one of median length. */
  async alignAt(key, numbers) {
    this.choice.value = key;
    this.key = key;
    this.numbers = numbers;
    const turn = this.turn = (this.turn ?? 0) + 1;
    const stretch = /^(-?\d+)_(-?\d+)$/.exec(this.views[0].instance === undefined ? this.context.state.get("t") ?? "" : "");
    const instances = await Promise.all(this.found.map((member, index) => this.instanceOf(member, numbers[index])));
    if (this.closed || turn !== this.turn) return;
    for (const [index, view] of this.views.entries()) this.put(view, index, instances[index]);
    if (stretch) this.show(Number(stretch[1]), Number(stretch[2]));
    else this.showInstances();
  }

  async instanceOf({ source, names }, number) {
    const [kind, name] = this.parts();
    const known = names.find((each) => each.kind === kind && each.name === name);
    if (!known) return null;
    return source.instance(name, kind, number > 0 && number <= known.count ? number : undefined);
  }

  parts() {
    const colon = this.key.indexOf(":");
    return colon < 0 ? [null, null] : [this.key.slice(0, colon), this.key.slice(colon + 1)];
  }

  put(view, index, instance) {
    view.align(instance);
    // What tells of it may take another line.
    requestAnimationFrame(() => { if (!this.closed) view.layout(); });
    view.tell(this.parts()[1], async (number) => {
      const turn = this.turn;
      try {
        const other = await this.instanceOf(this.found[index], number);
        if (this.closed || turn !== this.turn) return;
        this.numbers[index] = number;
        this.put(view, index, other);
        this.show(this.from, this.to);
      } catch (error) {
        view.panel.open("Aligning", null, errorCard(error, "This one"));
      }
    });
  }

  // Moving: times count from zero

  /** From the earliest beginning to the latest end. */
  extent() {
    return [Math.min(...this.views.map(({ view }) => -view.zero)), Math.max(...this.views.map(({ view, data }) => Math.max(1, data.length_ns) - view.zero))];
  }

  show(from, to) {
    [this.from, this.to] = within(from, to, ...this.extent());
    for (const view of this.views) view.take(this.from, this.to);
    this.saveSoon();
  }

  showAll() {
    const [begin, end] = this.extent();
    const around = (end - begin) * 0.01;
    this.show(begin - around, end + around);
  }

  /** The longest of what they are aligned at, with a little around it. */
  showInstances() {
    const longest = Math.max(0, ...this.views.map(({ instance }) => instance?.slice.duration_ns ?? 0));
    if (longest > 0) this.show(-0.1 * longest, 1.1 * longest);
    else this.showAll();
  }

  zoom(factor) {
    const middle = (this.from + this.to) / 2;
    const half = (this.to - this.from) / 2 * factor;
    this.show(middle - half, middle + half);
  }

  /** The pointer's place in all of them. @param {number | null} time */
  point(from, time) {
    for (const view of this.views) {
      if (view === from) continue;
      view.state.cursor = time === null ? null : time + view.view.zero;
      view.repaint();
    }
  }

  saveSoon() {
    clearTimeout(this.saving);
    if (this.from === undefined) return;
    this.saving = setTimeout(() => {
      if (this.closed) return;
      const at = this.views.map(({ instance }) => (instance && instance.number !== instance.median ? instance.number : 0));
      this.context.setState({ align: this.key, at: at.some((number) => number > 0) ? at.join(".") : null, t: `${Math.round(this.from)}_${Math.round(this.to)}` });
    }, 250);
  }
}
