// What selected rows have in common: each column's commonest values with the full list behind them, and the times.
import { element } from "tacho/dom.js";
import { duration, percent, plural } from "tacho/format.js";
import { shortType } from "tacho/graph/layout.js";
import { firstShape } from "tacho/layers/columns.js";

const columns = [
  ["Type", "type", (layer) => layer.type], ["Dimensions", "dimensions", firstShape],
  ["Precision", "precision", (layer) => layer.precision ?? "not told"],
  ["Provider", "provider", (layer) => layer.provider ?? "not told"],
  ["Overhead", "overhead", (layer) => layer.overhead ?? "none"], ["Calls", "calls", (layer) => String(layer.calls)],
];

/** Values with their counts, the commonest first; of equal counts in alphabetical order. */
function frequencies(rows, value) {
  const counts = new Map();
  for (const row of rows) counts.set(value(row), (counts.get(value(row)) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
}

/**
 * Mean times a query of the rows: least, greatest, mean and all together, each with its share of the latency.
 * @param {any[]} rows
 * @param {number} latency Mean profiled latency, in ns.
 */
function times(rows, latency) {
  const means = rows.map((layer) => layer.time_ns.mean);
  const total = means.reduce((a, b) => a + b, 0);
  const figures = { min: Math.min(...means), max: Math.max(...means), mean: total / means.length, total };
  return Object.entries(figures).map(([name, value]) => ({ name, value, share: latency > 0 ? value / latency : 0 }));
}

/**
 * @param {any[]} rows
 * @param {{latency: number, isSelection: boolean, onFilter: (key: string, value: string) => void}} options
 */
export function selectionSummary(rows, { latency, isSelection, onFilter }) {
  if (!rows.length) return element("p", { class: "dim" }, "No layer is selected.");
  return element("section", { class: "selection-summary", "aria-label": "Summary of the selection" },
    element("h2", null, isSelection ? `${plural(rows.length, "layer")} selected` : `All ${plural(rows.length, "layer")} shown`),
    element("table", { class: "times" },
      element("thead", null, element("tr", null, element("th", { scope: "col" }, "Mean time a query"),
        element("th", { scope: "col", class: "number" }, "time"), element("th", { scope: "col", class: "number" }, "of latency"))),
      element("tbody", null, times(rows, latency).map(({ name, value, share }) => element("tr", { dataset: { figure: name } },
        element("th", { scope: "row" }, { min: "least", max: "greatest", mean: "mean", total: "all together" }[name]),
        element("td", { class: "number" }, duration(value)), element("td", { class: "number" }, percent(share)))))),
    element("dl", { class: "value-lists" }, columns.map(([name, key, value]) => [
      element("dt", null, name), element("dd", null, valueList(name, key, frequencies(rows, value), rows.length, onFilter))])));
}

/** Without what most values have in common. */
const short = (text) => shortType(text).replace(/ExecutionProvider$/, "");

/** The commonest values; all of them with counts on hover and focus. */
function valueList(name, key, values, total, onFilter) {
  const [[first, count]] = values;
  const rest = values.length - 1;
  const button = element("button", {
    type: "button", class: "value-first", "aria-expanded": "false",
    "aria-label": `${name}: ${first} in ${count} of ${total}${rest ? `, and ${plural(rest, "other value")}` : ""}`,
  }, element("span", { class: "value-text" }, short(first)), element("span", { class: "value-count" }, `${count} of ${total}`),
  rest > 0 && element("span", { class: "chip" }, `+${rest}`));
  const list = element("ul", { class: "value-all" }, values.map(([text, number]) => element("li", null,
    element("button", { type: "button", title: `Show these layers alone`, onclick: () => onFilter(key, `"${text}"`) },
      element("span", { class: "value-text" }, short(text)), element("span", { class: "value-count" }, `${number} (${percent(number / total)})`)))));
  const box = element("div", { class: "value-list" }, button, list);
  button.addEventListener("click", () => box.classList.toggle("is-open"));
  const tell = () => button.setAttribute("aria-expanded", String(box.matches(":hover, :focus-within, .is-open")));
  for (const event of ["pointerenter", "pointerleave", "focusin", "focusout", "click"]) box.addEventListener(event, () => setTimeout(tell));
  box.addEventListener("keydown", (event) => {
    if (event.key === "Escape") { box.classList.remove("is-open"); button.blur(); }
  });
  return box;
}
