// What is known of a node of the graph: attributes, tensors, the layer that computes it and its times.
import { element, facts } from "tacho/dom.js";
import { count, duration, percent, plural } from "tacho/format.js";
import { amount, qualifiedName } from "tacho/layers/columns.js";
import { workList } from "tacho/layers/kernels.js";

/**
 * @param {import("tacho/graph/graph.js").GraphNode} node
 * @param {{graph: any, context: any, goTo: (node: any) => void, follow: (direction: "before" | "after") => void}} options
 */
export function nodePanel(node, { graph, context, goTo, follow }) {
  const attributes = Object.entries(node.attributes).sort();
  return element("div", { class: "node-panel" },
    element("h2", null, node.name),
    element("p", { class: "dim" }, node.role === "node" ? node.type : `${node.role} of the model`, node.path.length > 0 && ` in ${node.path.join(" / ")}`),
    element("div", { class: "node-actions" },
      node.before.length > 0 && element("button", { type: "button", onclick: () => follow("before") }, "What feeds it"),
      node.after.length > 0 && element("button", { type: "button", onclick: () => follow("after") }, "What it feeds")),
    node.layer ? layerSection(node, graph, context, goTo) : whyNone(node),
    tensors("Inputs", node.inputs, node, graph, goTo), tensors("Outputs", node.outputs, node, graph, goTo),
    attributes.length > 0 && [element("h3", null, "Attributes"), facts(attributes)]);
}

function whyNone(node) {
  if (node.role !== "node") return null;
  return element("p", { class: "node-note" }, node.eliminated ? `No layer computes it: ${node.eliminated}.` : "No layer of the profile was traced back to it.");
}

function layerSection(node, graph, context, goTo) {
  const { layer } = node;
  const together = graph.groups.find((group) => group.includes(node))?.filter((other) => other !== node) ?? [];
  return element("section", { class: "node-layer" },
    element("h3", null, "Layer ", element("a", { href: context.link("layers", { rows: layer.number }) }, `${layer.number}. ${qualifiedName(layer)}`)),
    facts([
      ["Own time", `${duration(layer.time_ns.median)} median`], ["Mean", `${duration(layer.time_ns.mean)}, ${percent(layer.percentage / 100)} of the latency`],
      ["Range", `${duration(layer.time_ns.min)} to ${duration(layer.time_ns.max)}`], ["Calls", count(layer.calls)],
      ["Type", layer.type !== node.type ? layer.type : undefined], ["Precision", layer.precision], ["Provider", layer.provider], ["Overhead", layer.overhead],
      ["Operations", layer.flops === undefined ? undefined : amount(layer.flops)],
      ["Reached", !layer.flop_per_s ? undefined : `${amount(layer.flop_per_s)}FLOP/s`],
      ["Of the roof", layer.roof_share === undefined ? undefined : percent(layer.roof_share, 0)],
      ["Device", layer.device_time_ns && `${duration(layer.device_time_ns.mean)}, ${percent(layer.device_percentage / 100)} of its time`],
    ]),
    layer.kernels && element("details", { open: true }, element("summary", null, "On the device"), workList(layer, graph.queries)),
    together.length > 0 && element("p", { class: "node-note" }, `The layer computes ${plural(together.length, "other node")} too: `,
      together.slice(0, 12).map((other, index) => [index > 0 && ", ", jump(other, goTo)]), together.length > 12 && " …"));
}

function tensors(title, names, node, graph, goTo) {
  const given = names.filter(Boolean);
  if (!given.length) return null;
  const ends = (name) => title === "Inputs"
    ? node.before.filter((edge) => edge.value === name).map((edge) => edge.from)
    : node.after.filter((edge) => edge.value === name).map((edge) => edge.to);
  return [element("h3", null, title), element("ul", { class: "tensors" }, given.map((name) => {
    const others = ends(name);
    const isWeight = [...Array(node.path.length + 1).keys()].some((depth) =>
      graph.values.get(`${node.path.slice(0, depth).join("/")}\n${name}`)?.role === "initializer");
    const served = [...node.before, ...node.after].find((edge) => edge.value === name)?.serves;
    return element("li", null,
      element("span", { class: "mono" }, name), " ", element("span", { class: "dim" }, graph.shapeOf(node, name), isWeight && " · weight"),
      others.length > 0 && element("span", { class: "ends" }, title === "Inputs" ? " ← " : " → ",
        others.slice(0, 6).map((other, index) => [index > 0 && ", ", jump(other, goTo)]), others.length > 6 && ` and ${others.length - 6} more`),
      served && element("span", { class: "served" }, ` ${served.overhead ?? served.type} added: ${duration(served.time_ns.mean)}`));
  }))];
}

const jump = (node, goTo) => element("button", { type: "button", class: "link", onclick: () => goTo(node) }, node.name);
