// Memory: what the tensors of a query need layer by layer and what holds it at the peak, what the process had, what was sampled.
import { bars, kinds, lines } from "tacho/charts.js";
import { element } from "tacho/dom.js";
import { bytes, count, duration, plural, shape, short } from "tacho/format.js";
import { shortType } from "tacho/graph/layout.js";
import { table } from "tacho/table.js";

const mebibytes = (value) => value / 2 ** 20;

export async function show(container, context) {
  const memory = await context.api.json(`reports/${context.report.id}/memory`);
  container.append(element("header", { class: "view-head" }, element("h1", null, "Memory")));
  const parts = [figures(memory), memory.activations && activations(memory.activations, context), await allocations(context), counters(memory.counters), launches(memory.launches)].filter(Boolean);
  container.append(...parts);
  if (!parts.length) {
    container.append(element("p", { class: "card dim" }, "This report holds nothing about memory: no layers with shapes, and no samples of a process or device."));
  }
}

function figures({ launches: list, parameter_bytes: weights, bindings, activations: live }) {
  const peak = list.reduce((most, launch) => Math.max(most, launch.peak_bytes), 0);
  const bound = (direction) => bindings.filter((each) => each.direction === direction && each.bytes !== undefined).reduce((sum, each) => sum + each.bytes, 0);
  const items = [
    live && ["Live tensors at most", bytes(live.steps[live.peak].bytes), "computed from shapes and the order of the layers"],
    weights > 0 && ["Weights", bytes(weights), "of the model's file"],
    bound("input") > 0 && ["Inputs", bytes(bound("input")), "as bound"], bound("output") > 0 && ["Outputs", bytes(bound("output")), "as bound"],
    peak > 0 && ["The process at most", bytes(peak), "resident memory, everything in it"],
  ].filter(Boolean);
  if (!items.length) return null;
  return element("dl", { class: "memory-figures" }, items.map(([name, value, note]) =>
    element("div", { class: "card" }, element("dt", { class: "dim" }, name), element("dd", null, element("b", null, value)), element("dd", { class: "dim" }, note))));
}

function activations(live, context) {
  const { steps, peak } = live;
  const most = steps[peak];
  const chart = lines([{
    name: "live tensors", kind: "blue", dots: steps.length <= 400,
    points: steps.map((step, index) => ({
      x: index + 1, y: mebibytes(step.bytes), datum: step, kind: index === peak ? "vermilion" : undefined,
      label: `${step.name} (${shortType(step.type)}): ${bytes(step.bytes)}${index === peak ? ", the peak" : ""}`,
    })),
  }], {
    title: `Live memory over a query: ${bytes(most.bytes)} at the peak, in layer ${most.layer} ${most.name}`, height: 280,
    x: { label: "layers in the order in which they run", format: short, zero: false }, y: { label: "MiB", format: short },
    rules: [{ x: peak + 1, label: "peak" }], onPick: (step) => context.go("layers", { rows: step.layer }),
    note: "Tensors that must be in memory while each layer runs, from shapes and order alone, without weights"
      + `${live.weight_bytes ? ` (${bytes(live.weight_bytes)})` : ""}. An engine reuses blocks, writes in place and pads, so what it has may be less or more.`
      + (live.unknown ? ` ${plural(live.unknown, "tensor")} of unknown size are left out.` : ""),
  });
  const total = live.holders.reduce((sum, each) => sum + each.bytes, 0);
  const top = bars(live.holders.slice(0, 12).map((each, index) => ({
    label: `${each.name}, ${shape(each.shape)}`, value: each.bytes, text: bytes(each.bytes), kind: kinds[index === 0 ? 4 : 0], datum: each,
  })), {
    title: `What holds it at the peak: ${plural(live.holders.length, "tensor")}, ${bytes(total)}`,
    onPick: (each) => context.go("layers", { rows: each.made_by ?? each.last_used_by }),
  });
  return element("div", { class: "stack" }, element("section", { class: "card" }, chart),
    element("section", { class: "card" }, top, live.holders.length > 12 && element("details", null, element("summary", null, "All of them"), holderTable(live.holders, context))));
}

function holderTable(holders, context) {
  const layer = (number, words) => (number === undefined ? words : element("a", { href: context.link("layers", { rows: number }) }, `layer ${number}`));
  const grid = table({
    label: "Tensors at the peak", noun: "tensors", rows: holders, id: (each) => each.name, order: { key: "bytes", descending: true },
    columns: [
      { key: "name", name: "Tensor", width: "minmax(160px, 2fr)", value: (each) => each.name },
      { key: "shape", name: "Shape", width: "minmax(120px, 1fr)", value: (each) => shape(each.shape) },
      { key: "type", name: "Type", width: "90px", value: (each) => each.element_type ?? "not told" },
      { key: "bytes", name: "Size", align: "right", width: "100px", value: (each) => each.bytes, text: (each) => bytes(each.bytes) },
      { key: "made", name: "Made by", width: "120px", value: (each) => each.made_by ?? 0, text: (each) => (each.made_by ? `layer ${each.made_by}` : "the input"), cell: (each) => layer(each.made_by, "the input") },
      { key: "used", name: "Last used by", width: "120px", value: (each) => each.last_used_by, text: (each) => `layer ${each.last_used_by}`, cell: (each) => layer(each.last_used_by, "") },
    ],
  });
  grid.node.classList.add("steps-table");
  return grid.node;
}

/** What a traced program allocated on devices: by kind of memory and pool, the greatest peak first. */
async function allocations({ api, report }) {
  if (!report.kinds.includes("trace")) return null;
  const { rows } = await api.json(`reports/${report.id}/stats/cuda_mem_sum`);
  if (!rows.length) return null;
  const name = (row) => [row.name, row.pool].filter(Boolean).join(", ");
  return element("section", { class: "card" },
    bars(rows.map((row) => ({ label: name(row), value: row.peak_bytes, text: bytes(row.peak_bytes) })), {
      title: "Live device memory at most, by kind and pool", note: "Of the blocks whose allocation was recorded.",
    }),
    element("div", { class: "scroll" }, element("table", null,
      element("thead", null, element("tr", null, ["Memory", "Peak", "after", "Allocations", "Freed", "In all", "At the end"].map((title, index) => element("th", { scope: "col", class: index ? "number" : null }, title)))),
      element("tbody", null, rows.map((row) => element("tr", null, element("th", { scope: "row" }, name(row)),
        [bytes(row.peak_bytes), duration(row.peak_at_ns), count(row.count), count(row.freed), bytes(row.total_bytes), bytes(row.live_bytes)]
          .map((text) => element("td", { class: "number" }, text))))))));
}

/** Sampled counters of bytes: mean as a line, least to greatest as a band. */
function counters(list) {
  if (!list.length) return null;
  return element("section", { class: "cards" }, list.map((counter, index) => element("div", { class: "card" }, lines([{
    name: counter.name, kind: kinds[index % kinds.length],
    points: counter.series.map(([time, low, mean, high]) => ({ x: time / 1e9, y: mebibytes(mean), low: mebibytes(low), high: mebibytes(high) })),
  }], {
    title: [counter.name, counter.process].filter(Boolean).join(" of "), height: 200,
    x: { label: "s since the first sample", format: short, zero: false }, y: { label: "MiB", format: short },
    note: `${bytes(Math.round(Math.max(...counter.series.map(([, , , high]) => high))))} at most.`,
  }))));
}

function launches(list) {
  if (list.length < 2) return null;
  return element("section", { class: "card" }, bars(list.map((launch) => ({
    label: `launch ${launch.ordinal + 1}`, value: launch.peak_bytes, text: bytes(launch.peak_bytes),
  })), { title: "Resident memory of each launch's process at most" }));
}
