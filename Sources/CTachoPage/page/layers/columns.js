// The columns of the layer table: those of `tacho profile --wide`.
import { element } from "tacho/dom.js";
import { count, duration, percent, shape, significant } from "tacho/format.js";
import { shortType } from "tacho/graph/layout.js";
import { often, workWords } from "tacho/layers/kernels.js";
import { parseNumber } from "tacho/rows.js";

const units = { ns: 1, us: 1e3, "µs": 1e3, ms: 1e6, s: 1e9, "": 1e6 };

/** `100us`, `1.5 ms`; milliseconds without a unit. In nanoseconds. */
export function parseDuration(text) {
  const parts = /^\s*([\d.]+)\s*(ns|us|µs|ms|s|)\s*$/.exec(text);
  return parts ? Number(parts[1]) * units[parts[2]] : undefined;
}

/** `1.2G`, `300k`, `5000`. */
function parseAmount(text) {
  const parts = /^\s*([\d.]+)\s*([kKMGT]?)\s*$/.exec(text);
  return parts ? Number(parts[1]) * { "": 1, k: 1e3, K: 1e3, M: 1e6, G: 1e9, T: 1e12 }[parts[2]] : undefined;
}

const time = (key, name, description) => ({
  key, name, description, align: "right", width: "88px", parse: parseDuration,
  value: (layer) => layer.time_ns[key], text: (layer) => duration(layer.time_ns[key]),
});

const known = (value, words) => (value === undefined || value === null ? "unknown" : words(value));

/** Operations and bytes with a prefix: `231.2 M`. */
export function amount(value) {
  const [scale, prefix] = value >= 1e12 ? [1e12, " T"] : value >= 1e9 ? [1e9, " G"] : value >= 1e6 ? [1e6, " M"] : value >= 1e3 ? [1e3, " k"] : [1, ""];
  return significant(value / scale) + prefix;
}

export const qualifiedName = (layer) => [...layer.path, layer.name].join("/");
const sourceWords = (layer) =>
  layer.source_nodes.length ? layer.source_nodes.join(" + ") : layer.serves ? `for ${layer.serves}` : "not traced back";
export const firstShape = (layer) => (layer.dimensions[0] ? shape(layer.dimensions[0]) : "not told");

/** What devices did for a layer, where that was recorded. */
const deviceColumns = [
  { key: "device", name: "Device", description: "Kernels and copies that the layer's calls launched: mean of their time on the device in a query", align: "right", width: "88px", parse: parseDuration,
    value: (layer) => layer.device_time_ns.mean, text: (layer) => duration(layer.device_time_ns.mean), inner: ({ work }) => duration(work.time_ns.mean) },
  { key: "of-device", name: "Of device", description: "Of the device's time in all profiled queries", align: "right", width: "84px", parse: parseNumber,
    value: (layer) => layer.device_percentage, text: (layer) => percent(layer.device_percentage / 100),
    inner: ({ work, whole }) => (whole > 0 ? percent(work.time_ns.total / whole) : "") },
];

/**
 * @param {(view: string, changes: object) => string} link
 * @param {any} profile
 * @returns {import("tacho/rows.js").Column[]}
 */
export function layerColumns(link, { device, queries }) {
  return [
    { key: "number", name: "#", description: "In the order in which layers first ran; what --select names", align: "right", width: "52px",
      parse: parseNumber, value: (layer) => layer.number },
    { key: "name", name: "Layer", width: "minmax(150px, 2fr)", value: qualifiedName, unfolds: true, inner: ({ work }) => work.name },
    { key: "type", name: "Type", width: "minmax(110px, 1fr)", value: (layer) => layer.type, text: (layer) => layer.type, cell: (layer) => shortType(layer.type),
      inner: ({ work }) => work.kind },
    { key: "share", name: "Share", description: "Of the profiled latency", align: "right", width: "104px", parse: parseNumber,
      value: (layer) => layer.percentage, text: (layer) => percent(layer.percentage / 100), cell: shareCell },
    ...(device ? deviceColumns : []),
    time("median", "Median", "Own time in a query: median over the profiled queries"),
    time("mean", "Mean", "Own time in a query: mean"),
    time("min", "Min", "Own time in a query: least"),
    time("max", "Max", "Own time in a query: greatest"),
    time("total", "Total", "Own time in all profiled queries"),
    { key: "calls", name: "Calls", description: "Executions in all profiled queries", align: "right", width: "72px", parse: parseNumber,
      value: (layer) => layer.calls, text: (layer) => count(layer.calls), inner: ({ work }) => count(work.calls) },
    { key: "overhead", name: "Overhead", description: "Whether it serves the engine and not the model, and how", width: "96px",
      value: (layer) => layer.overhead ?? "none" },
    { key: "dimensions", name: "Dimensions", description: "Of the first output", width: "118px", value: firstShape },
    { key: "precision", name: "Precision", width: "86px", value: (layer) => layer.precision ?? "not told" },
    { key: "provider", name: "Provider", width: "100px", value: (layer) => layer.provider ?? "not told",
      cell: (layer) => (layer.provider ?? "not told").replace(/ExecutionProvider$/, "") },
    { key: "flops", name: "Operations", description: "Of one execution; a multiply-add counts as two", align: "right", width: "98px", parse: parseAmount,
      value: (layer) => layer.flops, text: (layer) => known(layer.flops, amount) },
    { key: "bytes", name: "Bytes", description: "Read and written by one execution", align: "right", width: "88px", parse: parseAmount,
      value: (layer) => layer.bytes, text: (layer) => known(layer.bytes, amount) },
    { key: "gflop", name: "GFLOP/s", align: "right", width: "86px", parse: parseNumber,
      value: (layer) => (layer.flop_per_s === undefined ? undefined : layer.flop_per_s / 1e9),
      text: (layer) => known(layer.flop_per_s, (value) => significant(value / 1e9)) },
    { key: "gb", name: "GB/s", align: "right", width: "78px", parse: parseNumber,
      value: (layer) => (layer.byte_per_s === undefined ? undefined : layer.byte_per_s / 1e9),
      text: (layer) => known(layer.byte_per_s, (value) => significant(value / 1e9)) },
    { key: "roof", name: "Of roof", description: "The time that this machine's roof allows over the time taken", align: "right", width: "78px", parse: parseNumber,
      value: (layer) => (layer.roof_share === undefined ? undefined : layer.roof_share * 100),
      text: (layer) => known(layer.roof_share, (value) => percent(value, 0)) },
    { key: "source", name: "Source nodes", description: "Nodes of the model that it computes; each opens the model there", width: "minmax(200px, 2fr)",
      value: sourceWords, cell: (layer) => sourceLinks(layer, link), inner: ({ work }) => `${often(work, queries)}; ${workWords(work)}` },
  ];
}

function shareCell(layer) {
  const fill = element("span", { class: `share-fill ${layer.is_overhead ? "sky" : "blue"}` });
  fill.style.width = `${Math.min(100, Math.max(0, layer.percentage))}%`;
  return element("span", { class: "share-cell" }, element("span", { class: "share-track", "aria-hidden": "true" }, fill), percent(layer.percentage / 100));
}

/** The nodes that a layer computes as links to the model view. */
export function sourceLinks(layer, link) {
  if (!layer.source_nodes.length) return sourceWords(layer);
  return element("span", { class: "sources" }, layer.source_nodes.flatMap((name, index) => [
    index > 0 && " + ", element("a", { href: link("model", { node: name }) }, name),
  ]));
}
