/** The frame of a chart: a figure with its title, an SVG that follows the width, marks, and a tip. */
import { element, svg } from "tacho/dom.js";

/**
 * @typedef {object} Mark Something in a chart that stands for data.
 * @property {SVGElement} node
 * @property {string} label Said in the tip and to assistive technology.
 * @property {unknown} [datum] Handed to `onPick`.
 */

/**
 * A figure whose drawing is made anew when its width changes.
 *
 * Marks are one stop of the Tab key; arrow keys go from mark to mark, Enter and Space pick.
 * @param {{title: string, note?: string, height?: number, legend?: {name: string, kind: string}[],
 *          onPick?: (datum: unknown) => void}} options
 * @param {(root: SVGElement, width: number, height: number) => Mark[]} draw
 * @returns {HTMLElement}
 */
export function plot({ title, note, height = 240, legend, onPick }, draw) {
  const root = svg("svg", { class: "chart-drawing", role: "group", "aria-label": title });
  const tip = element("div", { class: "chart-tip", role: "status" });
  tip.hidden = true;
  const box = element("div", { class: "chart-box" }, root, tip);
  const figure = element("figure", { class: "chart" }, element("figcaption", {}, title));
  if (legend?.length) figure.append(legendOf(legend));
  figure.append(box);
  if (note) figure.append(element("p", { class: "chart-note" }, note));

  let current = 0;
  let marks = [];
  const render = () => {
    const width = Math.max(220, Math.round(box.clientWidth || 480));
    const hadFocus = root.contains(document.activeElement);
    root.replaceChildren();
    root.setAttribute("width", String(width));
    root.setAttribute("height", String(height));
    root.setAttribute("viewBox", `0 0 ${width} ${height}`);
    tip.hidden = true;
    marks = draw(root, width, height);
    current = Math.min(current, Math.max(0, marks.length - 1));
    marks.forEach((mark, index) => prepare(mark, index));
    if (hadFocus) marks[current]?.node.focus();
  };
  const prepare = (mark, index) => {
    const { node } = mark;
    const canPick = onPick && mark.datum !== undefined;
    node.classList.add("mark");
    if (canPick) node.classList.add("can-pick");
    node.setAttribute("role", canPick ? "button" : "img");
    node.setAttribute("aria-label", mark.label);
    node.setAttribute("tabindex", index === current ? "0" : "-1");
    node.addEventListener("pointerenter", () => show(mark));
    node.addEventListener("pointerleave", () => { tip.hidden = true; });
    node.addEventListener("focus", () => { moveTo(index); show(mark); });
    node.addEventListener("blur", () => { tip.hidden = true; });
    if (canPick) node.addEventListener("click", () => onPick(mark.datum));
  };
  const moveTo = (index) => {
    marks[current]?.node.setAttribute("tabindex", "-1");
    current = index;
    marks[current]?.node.setAttribute("tabindex", "0");
  };
  const show = (mark) => {
    tip.textContent = mark.label;
    tip.hidden = false;
    const place = mark.node.getBoundingClientRect();
    const frame = box.getBoundingClientRect();
    const size = tip.getBoundingClientRect();
    const middle = place.left + place.width / 2 - frame.left - size.width / 2;
    tip.style.left = `${Math.max(0, Math.min(frame.width - size.width, middle))}px`;
    const above = place.top - frame.top - size.height - 6;
    tip.style.top = `${above >= -size.height ? above : place.bottom - frame.top + 6}px`;
  };
  root.addEventListener("keydown", (event) => {
    const steps = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };
    if (event.key in steps || event.key === "Home" || event.key === "End") {
      const last = marks.length - 1;
      const next = event.key === "Home" ? 0 : event.key === "End" ? last : current + steps[event.key];
      if (next >= 0 && next <= last) { moveTo(next); marks[next].node.focus(); }
      event.preventDefault();
    } else if ((event.key === "Enter" || event.key === " ") && marks[current]?.datum !== undefined) {
      onPick?.(marks[current].datum);
      event.preventDefault();
    } else if (event.key === "Escape") {
      tip.hidden = true;
    }
  });
  new ResizeObserver(() => {
    if (Math.max(220, Math.round(box.clientWidth)) !== Number(root.getAttribute("width"))) render();
  }).observe(box);
  render();
  return figure;
}

/** @param {{name: string, kind: string}[]} entries */
function legendOf(entries) {
  return element("ul", { class: "chart-legend" }, ...entries.map(({ name, kind }) =>
    element("li", {}, element("span", { class: `swatch ${kind}`, "aria-hidden": "true" }), name)));
}

/**
 * Both axes with their grids.
 * @param {SVGElement} root
 * @param {{left: number, right: number, top: number, bottom: number}} area
 * @param {{scale: import("./scale.js").Scale, label?: string, format: (value: number) => string}} x
 * @param {{scale: import("./scale.js").Scale, label?: string, format: (value: number) => string}} y
 */
export function axes(root, area, x, y) {
  for (const tick of y.scale.ticks) {
    const at = y.scale.at(tick);
    root.append(
      svg("line", { class: "grid", x1: area.left, x2: area.right, y1: at, y2: at }),
      svg("text", { class: "tick", x: area.left - 6, y: at + 4, "text-anchor": "end" }, y.format(tick)));
  }
  // Labels that would touch are left out; the lines stay.
  let free = -Infinity;
  for (const tick of x.scale.ticks) {
    const at = x.scale.at(tick);
    root.append(svg("line", { class: "grid", x1: at, x2: at, y1: area.top, y2: area.bottom }));
    const text = x.format(tick);
    const half = text.length * 3.4;
    if (at - half < free || at + half > area.right + 24) continue;
    free = at + half + 8;
    root.append(svg("text", { class: "tick", x: at, y: area.bottom + 17, "text-anchor": "middle" }, text));
  }
  root.append(svg("line", { class: "axis", x1: area.left, x2: area.right, y1: area.bottom, y2: area.bottom }));
  if (x.label) {
    root.append(svg("text", { class: "label", x: area.right, y: area.bottom + 34, "text-anchor": "end" }, x.label));
  }
  if (y.label) root.append(svg("text", { class: "label", x: 2, y: area.top - 10 }, y.label));
}

/** Room for the labels of the y axis, from the longest of them. */
export function leftRoom(texts) {
  return 14 + 6.8 * texts.reduce((most, text) => Math.max(most, text.length), 2);
}
