/** What colours of nodes mean: time, precision, provider, overhead or operator, with the legend's entries. */
import { percent } from "tacho/format.js";
import { brightness } from "tacho/timeline/colours.js";

/** Okabe and Ito's palette by name: the custom properties of charts.css. */
const palette = ["blue", "orange", "green", "purple", "vermilion", "yellow", "sky"];

/** From little to much, readable by the colour-blind and in print (after Nunez, Anderton, Renslow 2018). */
const heat = {
  light: ["#e8edf3", "#c3d1e6", "#9fb3c8", "#b9a15a", "#d98a1f", "#b8420a"],
  dark: ["#2a313b", "#34486b", "#4b6a94", "#8f8247", "#d08a2a", "#ff8a4a"],
};

export const modes = [
  { key: "time", name: "Time" },
  { key: "precision", name: "Precision" },
  { key: "provider", name: "Provider" },
  { key: "overhead", name: "Overhead" },
  { key: "type", name: "Operator" },
];

/**
 * How nodes are coloured.
 * @param {string} mode One of `modes`.
 * @param {import("./graph.js").GraphNode[]} nodes
 * @param {HTMLElement} place Where the page's colours are read.
 * @returns {{fill: (node: any) => string, ink: (node: any) => string, legend: {name: string, colour: string}[]}}
 */
export function colouring(mode, nodes, place) {
  const theme = themeOf(place);
  return mode === "time" ? byTime(nodes, theme) : byGroup(mode, nodes, theme);
}

/** The page's colours as a canvas needs them: resolved. */
export function themeOf(place) {
  const probe = document.createElement("span");
  probe.hidden = true;
  place.append(probe);
  const read = (name) => {
    probe.style.color = `var(--${name})`;
    return getComputedStyle(probe).color;
  };
  const names = ["blue", "sky", "orange", "green", "yellow", "vermilion", "purple", "grey", "chart-page", "chart-text",
    "chart-dim", "chart-grid", "chart-axis"];
  const colours = Object.fromEntries(names.map((name) => [name, read(name)]));
  probe.remove();
  return { ...colours, isDark: brightness(parts(colours["chart-page"])) < 128 };
}

function byTime(nodes, theme) {
  const scale = theme.isDark ? heat.dark : heat.light;
  const most = nodes.reduce((a, node) => Math.max(a, node.layer?.percentage ?? 0), 0) || 1;
  const limits = scale.map((_, step) => most * ((step + 1) / scale.length) ** 2);
  const fill = (node) => {
    if (!node.layer) return theme["chart-page"];
    return scale[limits.findIndex((limit) => node.layer.percentage <= limit * 1.0001)] ?? scale.at(-1);
  };
  const legend = scale.map((colour, step) => ({
    colour, name: step === 0 ? `up to ${percent(limits[0] / 100)}` : step === scale.length - 1
      ? `up to ${percent(most / 100)} of the latency` : percent(limits[step] / 100),
  }));
  return { fill, ink: inkOn(fill), legend: [...legend, untimed(theme)] };
}

function byGroup(mode, nodes, theme) {
  const valueOf = {
    precision: (node) => node.layer && (node.layer.precision ?? "not told"),
    provider: (node) => node.layer && (node.layer.provider ?? "not told"),
    overhead: (node) => node.layer && (node.layer.overhead ?? "work of the model"),
    type: (node) => (node.role === "node" ? node.type : undefined),
  }[mode];
  const counts = new Map();
  for (const node of nodes) {
    const value = valueOf(node);
    if (value !== undefined) counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  const order = [...counts].sort((a, b) => b[1] - a[1]).map(([value]) => value);
  // Overhead is blue everywhere; what the model asked for stays quiet.
  const names = mode === "overhead" ? ["blue", "sky", "purple", "green", "yellow", "vermilion"] : palette;
  const colours = new Map();
  let next = 0;
  for (const value of order) {
    const isQuiet = value === "work of the model" || value === "not told";
    colours.set(value, isQuiet ? theme["chart-grid"] : theme[names[next++]] ?? theme.grey);
  }
  const fill = (node) => colours.get(valueOf(node)) ?? theme["chart-page"];
  const legend = order.slice(0, next > names.length ? names.length : order.length)
    .map((value) => ({ name: `${value} (${counts.get(value)})`, colour: colours.get(value) }));
  if (order.length > legend.length) legend.push({ name: `${order.length - legend.length} others`, colour: theme.grey });
  return { fill, ink: inkOn(fill), legend: mode === "type" ? legend : [...legend, untimed(theme)] };
}

const untimed = (theme) => ({ name: "no layer", colour: theme["chart-page"] });

/** Black or white, whichever can be read on the fill. */
function inkOn(fill) {
  const known = new Map();
  return (node) => {
    const colour = fill(node);
    if (!known.has(colour)) known.set(colour, brightness(parts(colour)) > 140 ? "#14171b" : "#ffffff");
    return known.get(colour);
  };
}

function parts(colour) {
  const hex = /^#(..)(..)(..)$/.exec(colour);
  return hex ? hex.slice(1).map((part) => parseInt(part, 16))
    : (/\(([^)]*)\)/.exec(colour)?.[1] ?? "255 255 255").split(/[\s,/]+/).map(Number);
}
