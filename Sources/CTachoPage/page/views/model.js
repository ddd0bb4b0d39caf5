// The model's graph: laid out in layers, coloured by what was measured, with what is known of a node beside it.
import { element, replace } from "tacho/dom.js";
import { duration, percent, plural } from "tacho/format.js";
import { board } from "tacho/graph/board.js";
import { colouring, modes } from "tacho/graph/colours.js";
import { buildGraph, findNodes, reach } from "tacho/graph/graph.js";
import { layOut, shortType } from "tacho/graph/layout.js";
import { numbersOf } from "tacho/views/layers.js";
import { nodePanel } from "tacho/graph/node-panel.js";

export async function show(container, context) {
  const { api, report, state, setState } = context;
  const model = await api.json(`reports/${report.id}/model`);
  const profile = report.views.includes("layers") ? await api.json(`reports/${report.id}/profile`) : undefined;
  const graphs = [model.nodes.length > 0 && "model", model.engine_nodes.length > 0 && "engine"].filter(Boolean);
  container.append(element("header", { class: "view-head" }, element("h1", null, "Model")));
  if (model.missing) container.append(element("p", { class: "card node-note" }, model.missing, graphs.length > 0 && " Below is the graph that the engine made of it."));
  if (!graphs.length) return undefined;

  const panel = element("aside", { class: "card model-side", "aria-label": "Node", tabindex: "-1" });
  const legend = element("ul", { class: "chart-legend model-legend", "aria-label": "Colours" });
  const status = element("p", { class: "dim model-status", role: "status" });
  const canvas = board({
    label: "Graph of the model: arrows walk along edges, W A S D move, + and - zoom, 0 shows all", describe,
    onPick: (node) => choose(node, false),
  });
  let which = graphs.includes(state.get("graph")) ? state.get("graph") : graphs[0];
  let mode = modes.some(({ key }) => key === state.get("colour")) ? state.get("colour") : profile ? "time" : "type";
  let graph;
  let found = [];
  let current = -1;

  const search = element("input", { type: "search", placeholder: "Find a node, operator or value", "aria-label": "Find in the graph", value: state.get("find") ?? "" });
  const hits = element("span", { class: "dim model-hits", role: "status" });
  const colourBy = element("select", { "aria-label": "Colour by", onchange: () => { mode = colourBy.value; setState({ colour: mode }); paint(); } },
    (profile ? modes : modes.filter(({ key }) => key === "type")).map(({ key, name }) => element("option", { value: key, selected: key === mode }, name)));
  const graphBy = graphs.length > 1 && element("select", { "aria-label": "Graph", onchange: () => { which = graphBy.value; setState({ graph: which, node: null }); load(); } },
    element("option", { value: "model", selected: which === "model" }, "As in the file"), element("option", { value: "engine", selected: which === "engine" }, "As the engine ran it"));
  const button = (label, name, act) => element("button", { type: "button", title: name, "aria-label": name, onclick: act }, label);
  const tools = element("div", { class: "model-tools" },
    element("label", null, "Colour ", colourBy), graphBy && element("label", null, "Graph ", graphBy),
    element("span", { class: "model-search" }, search, button("↑", "Previous", () => step(-1)), button("↓", "Next", () => step(1)), hits),
    element("span", { class: "gap" }),
    button("−", "Zoom out", () => canvas.zoom(0.8)), button("+", "Zoom in", () => canvas.zoom(1.25)), button("Fit", "Show all (0)", () => canvas.fit()));
  search.addEventListener("input", () => { find(search.value); setState({ find: search.value }); });
  search.addEventListener("keydown", (event) => {
    if (event.key === "Enter") { step(event.shiftKey ? -1 : 1); event.preventDefault(); }
  });

  container.append(tools, legend, element("div", { class: "model-main" }, canvas.node, panel), status);
  const themed = () => paint();
  document.addEventListener("themechange", themed);

  function describe(node) {
    const layer = node.layer;
    const place = node.role === "node" ? node.type : `${node.role} of the model`;
    return `${node.name} (${place})${layer ? `: ${duration(layer.time_ns.mean)}, ${percent(layer.percentage / 100)} of the latency` : node.eliminated ? `: ${node.eliminated}` : ""}`;
  }

  function paint() {
    const theme = canvas.theme();
    const colours = colouring(mode, graph?.nodes ?? [], document.body);
    canvas.set({ theme, colours });
    replace(legend, colours.legend.map(({ name, colour }) => element("li", null, element("span", { class: "swatch edged", style: { background: colour } }), name)),
      graph?.groups.length > 0 && element("li", null, element("span", { class: "swatch grouped" }), "one layer"),
      graph?.edges.some((edge) => edge.serves) && element("li", null, element("span", { class: "swatch served-line" }), "converted or copied on the way"));
  }

  async function load() {
    status.textContent = "Laying out the graph …";
    graph = buildGraph(model, profile, which);
    try {
      const spent = await layOut(graph);
      const nodes = graph.nodes.filter((node) => node.role === "node").length;
      status.textContent = `${plural(nodes, "node")}, ${plural(graph.edges.length, "edge")}`
        + (graph.hidden ? `, ${plural(graph.hidden, "constant")} not drawn` : "") + (graph.groups.length ? `, ${plural(graph.groups.length, "group")} of fused nodes` : "")
        + (model.source === "file" && which === "model" ? "; read from the model's file, which the report did not keep" : "") + `. Laid out in ${Math.round(spent)} ms.`;
    } catch (error) {
      status.textContent = error.message;
      replace(panel, element("p", { class: "node-note" }, error.message));
      return;
    }
    canvas.show(graph);
    paint();
    start();
    find(search.value);
    // For measurements and tests: the picture is there.
    container.dataset.laidOut = which;
  }

  /** Where the address points to, else the beginning. */
  function start() {
    const named = state.get("node");
    const node = named && graph.nodes.find((each) => each.name === named);
    const layers = new Set(numbersOf(state.get("layers")));
    if (layers.size) canvas.set({ marked: new Set(graph.nodes.filter((each) => each.layer && layers.has(each.layer.number))) });
    requestAnimationFrame(() => {
      if (node) { choose(node, true); canvas.centre(node, 0.9); } else { canvas.begin(); overview(); }
      if (named && !node) replace(panel, element("p", { class: "node-note" }, `${named} is not drawn: it is a constant, or not a node of this graph.`));
    });
  }

  function overview() {
    const slowest = graph.nodes.filter((node) => node.layer).sort((a, b) => b.layer.percentage - a.layer.percentage);
    const seen = new Set();
    const top = slowest.filter((node) => !seen.has(node.layer) && seen.add(node.layer)).slice(0, 12);
    replace(panel,
      element("h2", null, "Choose a node"),
      element("p", { class: "dim" }, "Click a node, or press an arrow key in the graph. Drag to move, wheel or pinch to zoom."),
      top.length > 0 && [element("h3", null, "The slowest"), element("ol", { class: "slowest" }, top.map((node) => element("li", null,
        element("button", { type: "button", class: "link", onclick: () => choose(node, true) }, node.name),
        element("span", { class: "dim" }, ` ${shortType(node.type)}, ${duration(node.layer.time_ns.mean)}, ${percent(node.layer.percentage / 100)}`))))]);
  }

  function choose(node, moves) {
    if (!node) {
      canvas.set({ selected: undefined, marked: undefined });
      setState({ node: null, layers: null });
      return overview();
    }
    canvas.select(node);
    if (moves) canvas.reveal(node);
    if (node.role === "node") setState({ node: node.name });
    replace(panel, nodePanel(node, {
      graph, context, goTo: (other) => choose(other, true),
      follow: (direction) => canvas.set({ marked: reach(node, direction) }),
    }));
    return undefined;
  }

  function find(text) {
    found = findNodes(graph.nodes, text);
    current = -1;
    canvas.set({ found: new Set(found) });
    hits.textContent = text.trim() ? `${found.length} found` : "";
  }

  function step(by) {
    if (!found.length) return;
    current = (current + by + found.length) % found.length;
    hits.textContent = `${current + 1} of ${found.length}`;
    choose(found[current], true);
  }

  container.addEventListener("shown", () => load(), { once: true });
  return () => document.removeEventListener("themechange", themed);
}
