// The layer table of a profile, with a summary of what is selected.
import { element, facts, replace } from "tacho/dom.js";
import { count, duration, percent, plural, shape } from "tacho/format.js";
import { table } from "tacho/table.js";
import { amount, layerColumns, qualifiedName, sourceLinks } from "tacho/layers/columns.js";
import { deviceLine, workList, workOf } from "tacho/layers/kernels.js";
import { selectionSummary } from "tacho/layers/summary.js";

/** Row numbers as `--select` takes them: `3-9,14`. */
function rangesOf(numbers) {
  const ranges = [];
  for (const number of [...numbers].sort((a, b) => a - b)) {
    const last = ranges.at(-1);
    if (last && last[1] === number - 1) last[1] = number;
    else ranges.push([number, number]);
  }
  return ranges.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`)).join(",");
}

export function numbersOf(text) {
  return (text ?? "").split(",").flatMap((part) => {
    const [from, to = from] = part.split("-").map(Number);
    if (!(from > 0 && to >= from && to - from < 1e6)) return [];
    return Array.from({ length: to - from + 1 }, (_, index) => from + index);
  });
}

export async function show(container, context) {
  const { api, report, state, setState, link } = context;
  const profile = await api.json(`reports/${report.id}/profile`);
  const latency = profile.layers.reduce((sum, layer) => sum + layer.time_ns.mean, 0)
    + profile.unexplained_ns.mean + profile.overlap_ns.mean;
  const columns = layerColumns(link, profile);
  // Kernels and copies are rows inside the layer whose calls launched them.
  const whole = profile.device?.time_ns.total ?? 0;
  const inside = new Map(profile.layers.map((layer) =>
    [layer, workOf(layer).map((work, place) => ({ work, whole, number: `${layer.number}.${place}` }))]));
  const filters = new Map([...state].filter(([key]) => key.startsWith("f.")).map(([key, text]) => [key.slice(2), text]));
  const [orderKey, direction] = (state.get("sort") ?? "share-").split(/(-)$/);
  const side = element("aside", { class: "layers-side", "aria-label": "Selection" });
  const layerByName = state.get("layer");
  // Layers of two bodies may have one name: the path decides, where the link has it.
  const named = (name) => profile.layers.filter((layer) => name(layer) === layerByName).map((layer) => layer.number);
  const byPath = named(qualifiedName);
  const wanted = !layerByName ? numbersOf(state.get("rows")) : byPath.length > 0 ? byPath : named((layer) => layer.name);

  const grid = table({
    label: "Layers", noun: "layers", rows: profile.layers, columns, id: (layer) => layer.number,
    order: { key: orderKey, descending: direction === "-" }, filters, selection: wanted,
    rowClass: (layer) => (layer.is_overhead ? "is-overhead" : ""),
    inside: (row) => inside.get(row) ?? [], insideNoun: "kernels and copies", unfolded: numbersOf(state.get("kernels")),
    onUnfold: (ids) => { setState({ kernels: rangesOf(ids) || null }); unfoldAll.textContent = unfoldWords(); },
    onSelect: (rows) => {
      setState({ rows: rangesOf(rows.map((layer) => layer.number)), layer: null });
      showSide(rows);
    },
    onOpen: (layer) => { if (layer.source_nodes?.length) context.go("model", { node: layer.source_nodes[0] }); },
    onChange: ({ order, filters: now }) => {
      const changes = Object.fromEntries(["", ...columns.map((column) => column.key)].map((key) => [`f.${key}`, now.get(key) ?? null]));
      setState({ ...changes, sort: `${order.key}${order.descending ? "-" : ""}` });
      if (!grid.selected().length) summarizeSoon();
    },
  });
  // While someone types, the rows come first.
  let waiting = 0;
  function summarizeSoon() {
    clearTimeout(waiting);
    waiting = setTimeout(() => showSide(grid.selected()), 150);
  }
  const onFilter = (key, value) => {
    const next = new Map([[key, value]]);
    grid.setFilters(next);
    setState({ [`f.${key}`]: value });
    if (!grid.selected().length) showSide([]);
  };
  grid.tools.append(element("button", { type: "button", class: "quiet", onclick: () => {
    grid.setFilters(new Map());
    setState(Object.fromEntries(["", ...columns.map((column) => column.key)].map((key) => [`f.${key}`, null])));
    grid.select([]);
  } }, "Clear filters and selection"));

  const unfoldWords = () => (grid.unfolded() > 0 ? "Fold kernels" : "Unfold kernels");
  const unfoldAll = element("button", { type: "button", class: "quiet", onclick: () => grid.unfoldAll(grid.unfolded() === 0) }, unfoldWords());
  if (profile.device) grid.tools.append(unfoldAll);

  function showSide(rows) {
    const isSelection = rows.length > 0;
    replace(side,
      rows.length === 1 && layerCard(rows[0], profile, context),
      element("div", { class: "card" }, selectionSummary(isSelection ? rows : grid.shown(), { latency, isSelection, onFilter })),
      rows.length > 1 && element("p", { class: "side-links" }, jumps(rows, context)));
  }

  container.append(
    element("header", { class: "view-head" }, element("h1", null, "Layers"), heading(profile)),
    element("div", { class: "layers-main" },
      element("div", { class: "layers-table" }, grid.node, sumLine(profile, latency), deviceLine(profile)), side));
  showSide(grid.selected());
  if (layerByName && wanted.length === 0) {
    side.prepend(element("p", { class: "card", role: "alert" }, `No layer is called ${layerByName}: clear the selection or search for it.`));
  }
  container.addEventListener("shown", () => grid.reveal());
}

/** The clean figure beside the profiled one, as the text view has it. */
function heading(profile) {
  const clean = profile.latency_ns.clean?.median;
  const profiled = profile.latency_ns.profiled?.median;
  const figures = [
    clean && ["Median latency", duration(clean.value)], profiled && ["profiled", duration(profiled.value)],
    profile.slowdown !== undefined && ["profiling cost", percent(profile.slowdown)],
    ["overhead", percent(profile.overhead_percentage / 100)], ["queries", count(profile.queries)],
  ].filter(Boolean);
  return element("p", { class: "pairs" }, figures.map(([name, value]) =>
    element("span", { class: "pair" }, element("span", { class: "dim" }, name), " ", element("b", null, value))));
}

/** What makes the rows add up to the latency. */
function sumLine(profile, latency) {
  const parts = [
    ["layers", latency - profile.unexplained_ns.mean - profile.overlap_ns.mean],
    ["unexplained by layers", profile.unexplained_ns.mean],
    profile.overlap_ns.total !== 0 && ["side by side, counted twice", profile.overlap_ns.mean],
  ].filter(Boolean);
  return element("p", { class: "sum-line dim" }, "Mean of a profiled query: ", parts.map(([name, value], index) =>
    [index > 0 && (value < 0 ? " − " : " + "), element("span", { class: "pair" }, `${duration(Math.abs(value))} ${name}`)]),
  " = ", element("b", null, duration(latency)));
}

function jumps(rows, context) {
  const nodes = rows.flatMap((layer) => layer.source_nodes);
  return [
    nodes.length > 0 && element("a", { class: "button", href: context.link("model", { node: nodes[0], layers: rangesOf(rows.map((layer) => layer.number)) }) }, "Show in the model"),
    context.report.views.includes("timeline") && rows.length === 1
      && element("a", { class: "button", href: context.link("timeline", { find: `"${qualifiedName(rows[0])}"` }) }, "Find on the timeline"),
  ];
}

function layerCard(layer, profile, context) {
  const { time_ns: time } = layer;
  return element("div", { class: "card layer-card" },
    element("h2", null, `${layer.number}. ${qualifiedName(layer)}`),
    facts([
      ["Type", layer.type], ["Sources", sourceLinks(layer, context.link)],
      ["Own time", `${duration(time.median)} median, ${duration(time.min)} to ${duration(time.max)}`],
      ["Share", `${percent(layer.percentage / 100)} of the latency`],
      ["Calls", `${count(layer.calls)} in ${plural(profile.queries, "profiled query", "profiled queries")}`],
      ["Overhead", layer.overhead], ["Outputs", layer.dimensions.map(shape).join(", ")], ["Precision", layer.precision], ["Provider", layer.provider],
      ["Operations", layer.flops !== undefined && `${amount(layer.flops)}${layer.flop_per_s ? `, at ${amount(layer.flop_per_s)}FLOP/s` : ""}`],
      ["Bytes", layer.bytes !== undefined && `${amount(layer.bytes)}${layer.byte_per_s ? `, at ${amount(layer.byte_per_s)}B/s` : ""}`],
      ["Of the roof", layer.roof_share !== undefined && percent(layer.roof_share, 0)],
      ["Device", layer.device_time_ns && `${duration(layer.device_time_ns.mean)} mean, ${percent(layer.device_percentage / 100)} of the device's time`],
    ]),
    layer.kernels && element("details", { open: true }, element("summary", null, "On the device"), workList(layer, profile.queries)),
    Object.keys(layer.attributes).length > 0 && element("details", null, element("summary", null, `${plural(Object.keys(layer.attributes).length, "attribute")}`),
      facts(Object.entries(layer.attributes).sort())),
    layer.scheduling && element("details", null, element("summary", null, "How threads shared the work"), element("code", null, layer.scheduling)),
    element("p", { class: "side-links" }, jumps([layer], context)));
}
