/**
 * Small charts. Each returns a node to append; each mark that has a datum is a button that hands it to `onPick`.
 *
 * Colours are classes (`kind`): `blue` (work), `sky` (overhead), `orange`, `green`, `yellow`, `vermilion`, `purple`,
 * `grey` (rest): the palette of Okabe and Ito, which colour-blind readers can tell apart.
 */
import { element, svg } from "tacho/dom.js";
import { count } from "tacho/format.js";
import { axes, leftRoom, plot } from "tacho/plot.js";
import { linear, logarithmic } from "tacho/scale.js";

/** The kinds in the order in which series and groups take them. */
export const kinds = ["blue", "orange", "green", "purple", "vermilion", "yellow", "sky", "grey"];

/**
 * Horizontal bars, one row each, as buttons.
 * @param {{label: string, value: number, text: string, note?: string, kind?: string, datum?: unknown,
 *          low?: number, high?: number}[]} items `text` stands behind the bar; `low` and `high` are drawn as a whisker.
 * @param {{title: string, note?: string, onPick?: (datum: unknown) => void, most?: number}} options
 *        `most`: rows; what is more is one row that unfolds the rest.
 * @returns {HTMLElement}
 */
export function bars(items, { title, note, onPick, most = 16 }) {
  const list = element("ul", { class: "bars" });
  const greatest = items.reduce((a, item) => Math.max(a, item.value, item.high ?? 0), 0) || 1;
  const row = (item) => {
    const fill = element("span", { class: `bar ${item.kind ?? "blue"}` });
    fill.style.width = `${Math.max(0.3, (100 * Math.max(0, item.value)) / greatest)}%`;
    const track = element("span", { class: "bar-track", "aria-hidden": "true" }, fill);
    if (item.low !== undefined && item.high !== undefined) {
      const whisker = element("span", { class: "whisker" });
      whisker.style.left = `${(100 * item.low) / greatest}%`;
      whisker.style.width = `${(100 * (item.high - item.low)) / greatest}%`;
      track.append(whisker);
    }
    const content = [
      element("span", { class: "bar-label", title: item.label }, item.label), track,
      element("span", { class: "bar-text" }, item.text),
    ];
    const canPick = onPick && item.datum !== undefined;
    const box = element(canPick ? "button" : "div", {
      class: "bar-row", ...(canPick ? { type: "button" } : {}), ...(item.note ? { title: item.note } : {}),
    }, ...content);
    if (canPick) box.addEventListener("click", () => onPick(item.datum));
    return element("li", {}, box);
  };
  const shown = items.length > most ? items.slice(0, most - 1) : items;
  list.append(...shown.map(row));
  if (shown.length < items.length) {
    const more = element("button", { class: "bars-more", type: "button" },
      `${items.length - shown.length} more`);
    more.addEventListener("click", () => {
      const next = items.slice(shown.length).map(row);
      more.parentElement.replaceWith(...next);
      next[0].querySelector("button")?.focus();
    });
    list.append(element("li", {}, more));
  }
  const figure = element("figure", { class: "chart" }, element("figcaption", {}, title), list);
  if (note) figure.append(element("p", { class: "chart-note" }, note));
  return figure;
}

/**
 * One bar of parts that add up to a whole, with a legend whose entries are buttons.
 * @param {{label: string, value: number, text: string, kind: string, datum?: unknown}[]} items
 * @param {{title: string, note?: string, onPick?: (datum: unknown) => void}} options
 * @returns {HTMLElement}
 */
export function parts(items, { title, note, onPick }) {
  const whole = items.reduce((sum, item) => sum + Math.max(0, item.value), 0) || 1;
  const bar = element("div", { class: "parts-bar", "aria-hidden": "true" });
  const legend = element("ul", { class: "parts-legend" });
  for (const item of items) {
    const part = element("span", { class: `part ${item.kind}`, title: `${item.label}: ${item.text}` });
    part.style.flexGrow = String(Math.max(0, item.value) / whole);
    const canPick = onPick && item.datum !== undefined;
    const entry = element(canPick ? "button" : "span", { class: "part-name", ...(canPick ? { type: "button" } : {}) },
      element("span", { class: `swatch ${item.kind}`, "aria-hidden": "true" }),
      element("span", { class: "part-label" }, item.label), element("span", { class: "bar-text" }, item.text));
    if (canPick) {
      part.classList.add("can-pick");
      for (const node of [part, entry]) node.addEventListener("click", () => onPick(item.datum));
    }
    bar.append(part);
    legend.append(element("li", {}, entry));
  }
  const figure = element("figure", { class: "chart" }, element("figcaption", {}, title), bar, legend);
  if (note) figure.append(element("p", { class: "chart-note" }, note));
  return figure;
}

/**
 * @typedef {object} Axis
 * @property {string} [label]
 * @property {(value: number) => string} format
 * @property {boolean} [log]
 * @property {boolean} [zero] Whether a straight axis begins at zero; it does unless this is false.
 */

function scaleOf(axis, values, from, to, count) {
  return axis.log ? logarithmic(values, from, to) : linear(values, from, to, { zero: axis.zero !== false, count });
}

/**
 * A histogram.
 * @param {{from: number, to: number, count: number, datum?: unknown}[]} bins In ascending order.
 * @param {{title: string, note?: string, x: Axis, unit?: string, height?: number,
 *          markers?: {value: number, low?: number, high?: number, label: string}[],
 *          onPick?: (datum: unknown) => void}} options
 *        `unit`: what is counted, "queries"; `markers`: lines such as percentiles, with their intervals as bands.
 * @returns {HTMLElement}
 */
export function histogram(bins, options) {
  const { title, note, x, unit = "", height = 220, markers = [], onPick } = options;
  return plot({ title, note, height, onPick }, (root, width) => {
    const area = { left: 52, right: width - 12, top: 30, bottom: height - 42 };
    const horizontal = scaleOf({ zero: false, ...x }, bins.flatMap((bin) => [bin.from, bin.to]), area.left, area.right, 6);
    const vertical = linear(bins.map((bin) => bin.count), area.bottom, area.top, { count: 4 });
    const ticks = { ...vertical, ticks: vertical.ticks.filter((tick) => Number.isInteger(tick)) };
    axes(root, area, { scale: horizontal, ...x }, { scale: ticks, label: unit, format: count });
    for (const marker of markers.filter((each) => each.low !== undefined && each.high !== undefined)) {
      const [low, high] = [horizontal.at(marker.low), horizontal.at(marker.high)];
      root.append(svg("rect", {
        class: "band", x: low, width: Math.max(1, high - low), y: area.top, height: area.bottom - area.top,
      }));
    }
    const marks = bins.filter((bin) => bin.count > 0).map((bin) => {
      const [left, right] = [horizontal.at(bin.from), horizontal.at(bin.to)];
      const top = Math.min(area.bottom - 1, vertical.at(bin.count));
      const node = svg("rect", {
        class: "blue", x: left + 0.5, y: top, width: Math.max(1, right - left - 1), height: area.bottom - top,
      });
      root.append(node);
      return { node, label: `${x.format(bin.from)} to ${x.format(bin.to)}: ${count(bin.count)} ${unit}`.trim(), datum: bin.datum };
    });
    // Labels step down where lines are close together.
    let [free, step] = [-Infinity, 0];
    for (const marker of [...markers].sort((a, b) => a.value - b.value)) {
      const at = horizontal.at(marker.value);
      step = at < free ? step + 1 : 0;
      free = at + marker.label.length * 6.8 + 10;
      root.append(
        svg("line", { class: "marker", x1: at, x2: at, y1: area.top - 6, y2: area.bottom }),
        svg("text", {
          class: "marker-label", y: area.top + 4 + 13 * step,
          x: free > area.right ? at - 4 : at + 4, "text-anchor": free > area.right ? "end" : "start",
        }, marker.label));
    }
    return marks;
  });
}

/**
 * Lines over a common axis, with bands and points.
 * @param {{name: string, kind?: string, dots?: boolean, line?: boolean,
 *          points: {x: number, y: number, low?: number, high?: number, label?: string, kind?: string, datum?: unknown}[]}[]} series
 *        `dots`: each point is drawn; where one can be picked, each is a mark all the same; `low` and `high`: the band around the line, or the whisker of a dot.
 * @param {{title: string, note?: string, x: Axis, y: Axis, height?: number, legend?: boolean,
 *          rules?: {x?: number, y?: number, label: string, kind?: string}[],
 *          onPick?: (datum: unknown) => void}} options `rules`: lines across, such as a bound or the knee.
 * @returns {HTMLElement}
 */
export function lines(series, options) {
  const { title, note, x, y, height = 260, rules = [], onPick } = options;
  const named = series.map((each, index) => ({ kind: kinds[index % kinds.length], line: true, ...each }));
  const legend = options.legend ?? named.length > 1 ? named.map(({ name, kind }) => ({ name, kind })) : undefined;
  return plot({ title, note, height, legend, onPick }, (root, width) => {
    const points = named.flatMap((each) => each.points);
    const ys = points.flatMap((point) => [point.y, point.low, point.high]).filter((value) => value !== undefined);
    const vertical = scaleOf(y, [...ys, ...rules.flatMap((rule) => rule.y ?? [])], height - 42, 30, 5);
    const area = {
      left: leftRoom(vertical.ticks.map(y.format)), right: width - 14, top: 30, bottom: height - 42,
    };
    const horizontal = scaleOf(
      x, [...points.map((point) => point.x), ...rules.flatMap((rule) => rule.x ?? [])], area.left, area.right,
      Math.max(3, Math.floor(width / 110)));
    axes(root, area, { scale: horizontal, ...x }, { scale: vertical, ...y });
    for (const rule of rules) drawRule(root, area, horizontal, vertical, rule);
    const marks = [];
    for (const each of named) {
      const at = each.points.map((point) => [horizontal.at(point.x), vertical.at(point.y)]);
      if (each.line) drawLine(root, each, at, horizontal, vertical);
      if (!each.dots && !onPick) continue;
      each.points.forEach((point, index) => {
        const kind = point.kind ?? each.kind;
        if (each.dots && point.low !== undefined && point.high !== undefined) {
          root.append(svg("line", {
            class: `whisker-line ${kind}`, x1: at[index][0], x2: at[index][0],
            y1: vertical.at(point.low), y2: vertical.at(point.high),
          }));
        }
        const node = svg("circle", { class: each.dots ? `dot ${kind}` : "spot", cx: at[index][0], cy: at[index][1], r: 5 });
        root.append(node);
        marks.push({
          node, datum: point.datum,
          label: point.label ?? `${each.name}: ${y.format(point.y)} at ${x.format(point.x)}`,
        });
      });
    }
    return marks;
  });
}

function drawLine(root, each, at, horizontal, vertical) {
  const banded = each.dots ? [] : each.points.filter((point) => point.low !== undefined && point.high !== undefined);
  if (banded.length > 1) {
    const upper = banded.map((point) => `${horizontal.at(point.x)},${vertical.at(point.high)}`);
    const lower = banded.map((point) => `${horizontal.at(point.x)},${vertical.at(point.low)}`).reverse();
    root.append(svg("polygon", { class: `area ${each.kind}`, points: [...upper, ...lower].join(" ") }));
  }
  root.append(svg("polyline", { class: `line ${each.kind}`, points: at.map((point) => point.join(",")).join(" ") }));
}

function drawRule(root, area, horizontal, vertical, rule) {
  const kind = rule.kind ?? "rule";
  if (rule.y !== undefined) {
    const at = vertical.at(rule.y);
    root.append(
      svg("line", { class: `marker ${kind}`, x1: area.left, x2: area.right, y1: at, y2: at }),
      svg("text", { class: "marker-label", x: area.right - 4, y: at - 5, "text-anchor": "end" }, rule.label));
  } else if (rule.x !== undefined) {
    const at = horizontal.at(rule.x);
    const isLeft = at < (area.left + area.right) / 2;
    root.append(
      svg("line", { class: `marker ${kind}`, x1: at, x2: at, y1: area.top, y2: area.bottom }),
      svg("text", {
        class: "marker-label", x: isLeft ? at + 5 : at - 5, y: area.top + 4, "text-anchor": isLeft ? "start" : "end",
      }, rule.label));
  }
}

/**
 * Points whose area stands for a share, with lines such as a roof; both axes logarithmic unless told.
 * @param {{x: number, y: number, size?: number, kind?: string, label: string, datum?: unknown}[]} points
 *        `size`: a share of 1.
 * @param {{title: string, note?: string, x: Axis, y: Axis, height?: number, legend?: {name: string, kind: string}[],
 *          roofs?: {name: string, points: {x: number, y: number}[]}[],
 *          onPick?: (datum: unknown) => void}} options A roof's ends go on to the edges of the chart.
 * @returns {HTMLElement}
 */
export function scatter(points, options) {
  const { title, note, legend, height = 380, roofs = [], onPick } = options;
  const [x, y] = [{ log: true, ...options.x }, { log: true, ...options.y }];
  return plot({ title, note, height, legend, onPick }, (root, width) => {
    const corners = roofs.flatMap((roof) => roof.points);
    const vertical = scaleOf(y, [...points, ...corners].map((point) => point.y), height - 42, 34, 5);
    const area = {
      left: leftRoom(vertical.ticks.map(y.format)), right: width - 16, top: 34, bottom: height - 42,
    };
    const horizontal = scaleOf(x, [...points, ...corners].map((point) => point.x), area.left, area.right, 6);
    axes(root, area, { scale: horizontal, ...x }, { scale: vertical, ...y });
    for (const roof of roofs) {
      const at = roof.points.map((point) => `${horizontal.at(point.x)},${vertical.at(point.y)}`);
      const last = roof.points.at(-1);
      root.append(
        svg("polyline", { class: "roof", points: at.join(" ") }),
        svg("text", {
          class: "marker-label", x: horizontal.at(last.x) - 4, y: vertical.at(last.y) - 7, "text-anchor": "end",
        }, roof.name));
    }
    // The great ones first, so that no small one lies hidden below.
    const order = points.map((_, index) => index).sort((a, b) => (points[b].size ?? 0) - (points[a].size ?? 0));
    return order.map((index) => {
      const point = points[index];
      const node = svg("circle", {
        class: `point ${point.kind ?? "vermilion"}`, cx: horizontal.at(point.x), cy: vertical.at(point.y),
        r: Math.max(4, 34 * Math.sqrt(point.size ?? 0)),
      });
      root.append(node);
      return { node, label: point.label, datum: point.datum };
    });
  });
}
