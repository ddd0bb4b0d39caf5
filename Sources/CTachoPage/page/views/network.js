// Where the time of the network goes, in charts; each mark opens the rows behind it.
import { bars, kinds, parts, scatter } from "tacho/charts.js";
import { element } from "tacho/dom.js";
import { duration, percent, plural, short, significant } from "tacho/format.js";
import { shortType } from "tacho/graph/layout.js";
import { qualifiedName } from "tacho/layers/columns.js";

/** Layers by one of their values, the slowest first; mean time a query in ns. */
function groups(layers, value) {
  const sums = new Map();
  for (const layer of layers) {
    if (layer.calls === 0) continue;
    const name = value(layer);
    const sum = sums.get(name) ?? { name, layers: 0, mean: 0, share: 0 };
    sum.layers += 1;
    sum.mean += layer.time_ns.mean;
    sum.share += layer.percentage / 100;
    sums.set(name, sum);
  }
  return [...sums.values()].sort((a, b) => b.mean - a.mean);
}

export async function show(container, context) {
  const profile = await context.api.json(`reports/${context.report.id}/profile`);
  const { layers } = profile;
  const filter = (key) => (value) => context.go("layers", { [`f.${key}`]: `"${value}"`, sort: "share-" });
  const rest = { name: "unexplained", mean: profile.unexplained_ns.mean, share: shareOf(profile, profile.unexplained_ns) };
  const overhead = layers.filter((layer) => layer.is_overhead && layer.calls > 0);

  container.append(
    element("header", { class: "view-head" }, element("h1", null, "Network"),
      element("p", { class: "dim" }, `Mean time of ${plural(profile.queries, "profiled query", "profiled queries")}, own time of each layer. Choose a mark to see the layers behind it.`)),
    element("div", { class: "cards network-cards" },
      element("div", { class: "stack" }, card(byType(layers, rest, filter("type"))), card(slowest(layers, context))),
      element("div", { class: "stack" },
        card(shares("Time by precision", layers, rest, (layer) => layer.precision ?? "not told", filter("precision"))),
        card(shares("Time by execution provider", layers, rest, (layer) => layer.provider ?? "not told", filter("provider"),
          (name) => name.replace(/ExecutionProvider$/, ""))),
        card(overheadChart(profile, layers, rest, context), overheadNote(overhead, profile)),
        card(roofline(profile, context)))),
    eliminated(profile, context));
}

const card = (...children) => element("section", { class: "card" }, children);

function shareOf(profile, time) {
  const total = profile.layers.reduce((sum, layer) => sum + layer.time_ns.total, 0) + profile.unexplained_ns.total + profile.overlap_ns.total;
  return total > 0 ? time.total / total : 0;
}

function byType(layers, rest, onPick) {
  const isOverhead = new Map(layers.map((layer) => [layer.type, layer.is_overhead]));
  const items = groups(layers, (layer) => layer.type).map((group) => ({
    label: `${shortType(group.name)} (${group.layers})`, value: group.mean, text: `${duration(group.mean)}, ${percent(group.share)}`,
    note: `${group.name}: ${plural(group.layers, "layer")}`, kind: isOverhead.get(group.name) ? "sky" : "blue", datum: group.name,
  }));
  items.push({ label: "unexplained by layers", value: rest.mean, text: `${duration(rest.mean)}, ${percent(rest.share)}`, kind: "grey" });
  return bars(items, { title: "Mean latency by layer type", note: "In brackets the number of layers. Light blue serves the engine and not the model.", onPick });
}

function shares(title, layers, rest, value, onPick, shorten = (name) => name) {
  const items = groups(layers, value).map((group, index) => ({
    label: `${shorten(group.name)} (${group.layers})`, value: group.mean, text: `${duration(group.mean)}, ${percent(group.share)}`,
    kind: kinds[index % (kinds.length - 1)], datum: group.name,
  }));
  items.push({ label: "unexplained", value: rest.mean, text: `${duration(rest.mean)}, ${percent(rest.share)}`, kind: "grey" });
  return parts(items, { title, onPick });
}

function overheadChart(profile, layers, rest, context) {
  const colours = ["sky", "purple", "green", "yellow", "orange", "vermilion"];
  let next = 0;
  const items = groups(layers, (layer) => layer.overhead ?? "none").map((group) => ({
    label: group.name === "none" ? "work of the model" : group.name, value: group.mean,
    text: `${duration(group.mean)}, ${percent(group.share)}`, datum: group.name,
    kind: group.name === "none" ? "blue" : colours[next++ % colours.length],
  }));
  items.push({ label: "unexplained", value: rest.mean, text: `${duration(rest.mean)}, ${percent(rest.share)}`, kind: "grey" });
  return parts(items, {
    title: `Overhead: ${percent(profile.overhead_percentage / 100)} of the latency`,
    onPick: (value) => context.go("layers", { "f.overhead": `"${value}"`, sort: "share-" }),
  });
}

function overheadNote(overhead, profile) {
  return element("p", { class: "chart-note" }, overhead.length
    ? `${plural(overhead.length, "layer")} of ${profile.layers.length} change layouts, copy or convert, which no node of the model asked for.`
    : "No layer serves the engine alone: nothing is copied, converted or laid out anew.");
}

function roofline(profile, context) {
  const points = profile.layers.filter((layer) => layer.flops > 0 && layer.bytes > 0 && layer.flop_per_s > 0).map((layer) => ({
    x: layer.flops / layer.bytes, y: layer.flop_per_s / 1e9, size: layer.percentage / 100, kind: layer.is_overhead ? "sky" : "vermilion", datum: layer,
    label: `${qualifiedName(layer)} (${shortType(layer.type)}): ${percent(layer.percentage / 100)} of the time, ${significant(layer.flop_per_s / 1e9)} GFLOP/s`
      + (layer.roof_share === undefined ? "" : `, ${percent(layer.roof_share, 0)} of the roof`),
  }));
  if (!points.length) {
    return [element("h2", null, "Roofline"), element("p", { class: "dim" }, "No layer's operations and bytes are known, so none can be placed.")];
  }
  const { roof } = profile;
  const xs = points.map((point) => point.x);
  const roofs = [];
  if (roof) {
    const ridge = roof.gflop_per_s / roof.gb_per_s;
    const low = Math.min(...xs, ridge / 10);
    const high = Math.max(...xs, ridge * 10);
    roofs.push({
      name: `${significant(roof.gflop_per_s)} GFLOP/s, ${significant(roof.gb_per_s)} GB/s`,
      points: [{ x: low, y: low * roof.gb_per_s }, { x: ridge, y: roof.gflop_per_s }, { x: high, y: roof.gflop_per_s }],
    });
  }
  return scatter(points, {
    title: roof ? `Roofline: layers under the roof of this machine, ${plural(roof.threads, "thread")}` : "Layers by intensity: no roof was measured",
    note: "The area stands for the share of the time. Below the slope the memory is the limit, below the flat the arithmetic.",
    x: { label: "operations a byte", format: short }, y: { label: "GFLOP/s", format: short }, roofs,
    onPick: (layer) => context.go("layers", { rows: layer.number }),
  });
}

function slowest(layers, context) {
  const items = [...layers].sort((a, b) => b.time_ns.mean - a.time_ns.mean).slice(0, 12).map((layer) => ({
    label: `${qualifiedName(layer)}, ${shortType(layer.type)}`, value: layer.time_ns.mean, kind: layer.is_overhead ? "sky" : "blue",
    text: `${duration(layer.time_ns.mean)}, ${percent(layer.percentage / 100)}`, datum: layer,
  }));
  return bars(items, { title: "The slowest layers", onPick: (layer) => context.go("layers", { rows: layer.number }) });
}

function eliminated(profile, context) {
  const nodes = profile.eliminated_nodes;
  if (!nodes.length) return element("p", { class: "dim" }, "Every node of the model is computed by a layer.");
  return element("section", { class: "card" }, element("details", null,
    element("summary", null, `${plural(nodes.length, "node")} of the model that no layer computes`),
    element("div", { class: "scroll" }, element("table", null,
      element("thead", null, element("tr", null, ["Node", "Operator", "Why"].map((name) => element("th", { scope: "col" }, name)))),
      element("tbody", null, nodes.slice(0, 500).map((node) => element("tr", null,
        element("td", null, element("a", { href: context.link("model", { node: node.name }) }, node.name)),
        element("td", null, node.type), element("td", null, node.reason))))))));
}
