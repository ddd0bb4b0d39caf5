// What a device did for a layer, or outside of all layers: kernels, and copies that its calls launched.
import { element } from "tacho/dom.js";
import { bytes, count, decimal, duration, percent, plural } from "tacho/format.js";

/** Kernels and copies of a layer, the greatest time first; empty where nothing of devices was recorded. */
export const workOf = (owner) =>
  [...(owner.kernels ?? []), ...(owner.copies ?? [])].sort((a, b) => b.time_ns.total - a.time_ns.total);

/** Executions in a query: `2 a query`, `0.5 a query`. */
export function often(work, queries) {
  const times = queries > 0 ? work.calls / queries : 0;
  return `${decimal(times, Number.isInteger(times) ? 0 : 1)} a query`;
}

/** Of one name of work: its times in words. */
export const workWords = (work) =>
  `${work.kind}: mean ${duration(work.time_ns.mean)} in a query (${duration(work.time_ns.min)} to ${duration(work.time_ns.max)}), ${plural(work.calls, "execution")}`
  + (work.bytes === undefined ? "" : `, ${bytes(work.bytes)} in all`);

/** A list of what ran, for the panels beside table and graph. */
export function workList(owner, queries) {
  const work = workOf(owner);
  if (!work.length) return element("p", { class: "node-note" }, "Its calls launched nothing on a device.");
  return element("ol", { class: "kernels" }, work.map((each) => element("li", { title: workWords(each) },
    element("span", { class: "kernel-name" }, each.name),
    element("span", { class: "dim" }, ` ${each.kind}, ${duration(each.time_ns.mean)}, ${often(each, queries)}`))));
}

/** What devices did in a query, and what of it no layer launched; null where nothing was recorded. */
export function deviceLine({ device, layers, queries }) {
  if (!device) return null;
  const outside = device.outside_layers;
  const inside = layers.reduce((sum, layer) => sum + (layer.device_time_ns?.mean ?? 0), 0);
  const work = workOf(outside);
  return element("div", { class: "device-line dim" },
    element("p", { class: "sum-line" }, "Device, mean of a profiled query: ",
      element("span", { class: "pair" }, `${duration(inside)} launched in layers`), " + ",
      element("span", { class: "pair" }, `${duration(outside.device_time_ns.mean)} outside layers`), " = ",
      element("b", null, duration(device.time_ns.mean)),
      element("span", { class: "pair" }, `, busy for ${duration(device.busy_ns.mean)}`),
      device.unlinked > 0 && element("span", { class: "pair" }, `; ${count(device.unlinked)} kernels and copies belong to no call that was recorded`)),
    work.length > 0 && element("details", null,
      element("summary", null, `Outside layers: ${percent(outside.device_percentage / 100)} of the device's time`), workList(outside, queries)));
}
