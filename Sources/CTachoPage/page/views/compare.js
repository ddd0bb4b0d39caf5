// Two sides of reports: what differs around them, figures with intervals and verdicts in words, layers side by side, and their
// timelines aligned at an inference.
import { element, replace } from "tacho/dom.js";
import { duration, interval, percent, plural, rate } from "tacho/format.js";
import { parseDuration, qualifiedName } from "tacho/layers/columns.js";
import { shortType } from "tacho/graph/layout.js";
import { parseNumber } from "tacho/rows.js";
import { table } from "tacho/table.js";
import { AlignedTimelines } from "tacho/timeline/aligned.js";
import { canCompare, canStandBeside } from "tacho/views/reports.js";

const names = { median: "median latency", mean: "mean latency", p90: "p90 latency", p99: "p99 latency", throughput: "throughput", startUp: "start-up, all of it",
  modelRead: "model read", libraryLoad: "library load", sessionCreation: "session creation", binding: "binding", firstQuery: "first query" };
const meanings = { machine: "the machine", work: "the work", subject: "what is compared", note: "worth knowing" };

/** A verdict's word and tone. */
function verdictWords(verdict, { largest_difference: largest, queries_needed: needed } = {}) {
  switch (verdict) {
    case "faster": return ["faster", "good"];
    case "slower": return ["slower", "bad"];
    case "no_difference": return [largest === undefined ? "no difference" : `no difference above ${percent(largest)}`, "plain"];
    case "too_little_data": return [needed ? `too few queries: ${needed} a launch are needed` : "too little data to tell", "open"];
    default: return ["not there on both sides", "open"];
  }
}

/** A ratio as a change: 1.031 is `+3.1 %`. */
const change = (ratio) => `${ratio >= 1 ? "+" : "−"}${percent(Math.abs(ratio - 1))}`;

export async function show(container, context) {
  const { api, reports, state } = context;
  const able = reports.filter(canStandBeside);
  const chosen = { a: idsOf(state.get("a")), b: idsOf(state.get("b")) };
  if (!chosen.a.length && context.report) chosen.a = [context.report.id];
  const metric = state.get("metric") ?? "median";
  container.append(element("header", { class: "view-head" }, element("h1", null, "Compare")));
  if (able.length < 2) {
    container.append(element("p", { class: "card" }, "There is one report here; a comparison needs two. Open both: ",
      element("code", null, "tacho open A.tacho B.tacho")));
    return;
  }
  const isChosen = chosen.a.length > 0 && chosen.b.length > 0;
  const picker = element("details", { class: "compare-picker" }, element("summary", null, "Choose reports"), sides(able, chosen, metric, context));
  picker.open = !isChosen;
  container.append(picker);
  if (!isChosen) {
    container.append(element("p", { class: "dim" }, "Choose one or more reports for each side. Launches are what is repeated: several a side carry a verdict, a single one does not."));
    return;
  }
  const sidesOf = ["a", "b"].flatMap((side) => chosen[side].map((id) => ({ side, report: able.find((report) => report.id === id) }))).filter(({ report }) => report);
  const timelines = new AlignedTimelines(context, sidesOf.filter(({ report }) => report.views.includes("timeline")));
  const without = sidesOf.filter(({ report }) => !canCompare(report));
  if (without.length > 0) {
    container.append(element("p", { class: "dim" }, `Figures are compared between runs and profiles; of ${without.map(({ report }) => report.name).join(", ")} there are timelines alone.`), timelines.node);
    timelines.open();
    return () => timelines.close();
  }
  const query = [`a=${chosen.a.join(",")}`, `b=${chosen.b.join(",")}`, metric !== "median" && `metric=${metric}`].filter(Boolean).join("&");
  const comparison = await api.json(`compare?${query}`);
  const nameOf = (ids) => ids.map((id) => able.find((report) => report.id === id)?.name ?? id).join(", ");
  const labels = { a: nameOf(chosen.a), b: nameOf(chosen.b) };
  container.append(...[
    differences(comparison, labels),
    verdict(comparison, labels),
    element("section", { class: "card compare-figures" }, element("h2", null, "Figures"), figures(comparison.figures, comparison)),
    layers(comparison, chosen, context),
    comparison.start_up.length > 0 && element("section", { class: "card compare-figures" }, element("h2", null, "Start-up"), figures(comparison.start_up, comparison)),
    findings(comparison), timelines.node,
  ].filter(Boolean));
  timelines.open();
  return () => timelines.close();
}

const idsOf = (text) => (text ?? "").split(",").filter(Boolean);

function sides(able, chosen, metric, context) {
  const form = element("form", { class: "compare-sides" });
  const side = (key) => element("fieldset", null, element("legend", null, `Side ${key.toUpperCase()}${key === "a" ? ": before" : ": after"}`),
    element("div", { class: "choices" }, able.map((report) => element("label", null,
      element("input", { type: "checkbox", name: key, value: report.id, checked: chosen[key].includes(report.id) }),
      element("span", null, report.path)))));
  const choice = element("select", { name: "metric" }, ["median", "mean", "p90", "p99", "throughput"].map((name) => element("option", { value: name, selected: name === metric }, names[name])));
  replace(form, side("a"), side("b"), element("div", { class: "compare-go" }, element("label", null, "Verdict on ", choice), " ", element("button", { type: "submit", class: "primary" }, "Compare")));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const data = new FormData(form);
    context.go("compare", { report: context.state.get("report"), a: data.getAll("a").join(","), b: data.getAll("b").join(","), metric: data.get("metric") });
  });
  return form;
}

function verdict(comparison, labels) {
  const [, tone] = verdictWords(comparison.verdict);
  const ratio = comparison.latency_ratio;
  return element("section", null,
    element("p", { class: `judgement is-${comparison.is_sound ? tone : "open"}` }, element("b", null, comparison.verdict_text),
      ratio?.low !== undefined && element("span", { class: "dim" }, `latency ${change(ratio.value)}, ${percent(comparison.confidence, 0)} interval ${change(ratio.low)} to ${change(ratio.high)}`),
      comparison.launches_needed > 0 && comparison.verdict === "too_little_data" && element("span", { class: "dim" }, `about ${plural(comparison.launches_needed, "launch", "launches")} a side would tell`)),
    element("p", { class: "dim" }, element("b", null, "A"), ` ${labels.a}, ${plural(comparison.a.launches, "launch", "launches")}; `, element("b", null, "B"), ` ${labels.b}, ${plural(comparison.b.launches, "launch", "launches")}. `,
      comparison.is_paired ? "Both were measured by turns, so that drift of the machine cancels." : "The sides were measured one after the other.", " Ratios are B over A."));
}

function differences(comparison, labels) {
  const list = comparison.differences;
  if (!list.length) return element("p", { class: "dim" }, "Machine, software, work and settings are the same on both sides.");
  return element("section", { class: "card" },
    element("h2", null, "What differs"),
    !comparison.is_sound && element("p", { class: "word-bad" }, "The machines or the work differ: no ratio below is one of what was meant to be compared."),
    element("div", { class: "scroll" }, element("table", null,
      element("thead", null, element("tr", null, ["", "Kind", `A: ${labels.a}`, `B: ${labels.b}`].map((name) => element("th", { scope: "col" }, name)))),
      element("tbody", null, list.map((each) => element("tr", null, element("th", { scope: "row" }, each.name),
        element("td", { class: each.meaning === "machine" || each.meaning === "work" ? "word-bad" : "dim" }, meanings[each.meaning] ?? each.meaning),
        element("td", null, each.a.join(", ") || "not told"), element("td", null, each.b.join(", ") || "not told")))))));
}

function figures(list, comparison) {
  const reach = Math.max(0.02, ...list.flatMap(({ ratio }) => (ratio ? [ratio.value, ratio.low ?? 1, ratio.high ?? 1].map((each) => Math.abs(each - 1)) : [])));
  return element("div", { class: "scroll" }, element("table", null,
    element("thead", null, element("tr", null, ["", "A", "B", "B over A", `${percent(comparison.confidence, 0)} interval`, "", "Verdict"].map((name, index) =>
      element("th", { scope: "col", class: index > 0 && index < 5 ? "number" : null }, name)))),
    element("tbody", null, list.map((each) => {
      const word = each.unit === "ns" ? duration : rate;
      const [text, tone] = verdictWords(each.verdict, each);
      return element("tr", null, element("th", { scope: "row" }, names[each.name] ?? each.name.replaceAll("_", " ")),
        element("td", { class: "number", title: interval(each.a, word) }, each.a ? word(each.a.value) : "–"),
        element("td", { class: "number", title: interval(each.b, word) }, each.b ? word(each.b.value) : "–"),
        element("td", { class: "number" }, each.ratio ? change(each.ratio.value) : "–"),
        element("td", { class: "number" }, each.ratio?.low === undefined ? "none" : `${change(each.ratio.low)} to ${change(each.ratio.high)}`),
        element("td", null, each.ratio && diverging(each.ratio, reach, each.unit === "per_s")), element("td", { class: `word-${tone}` }, text));
    }))));
}

/** Left of the middle is less, right is more; the line is the interval. */
function diverging(ratio, reach, isMoreBetter) {
  const at = (number) => 50 + 48 * Math.max(-1, Math.min(1, (number - 1) / reach));
  const isSure = ratio.low !== undefined && (ratio.low > 1 || ratio.high < 1);
  const isBetter = ratio.value < 1 !== isMoreBetter;
  const [left, right] = [Math.min(50, at(ratio.value)), Math.max(50, at(ratio.value))];
  const box = element("span", { class: "diverging", "aria-hidden": "true" },
    element("span", { class: isSure ? (isBetter ? "less" : "more") : "same", style: { left: `${left}%`, width: `${Math.max(0.5, right - left)}%` } }));
  if (ratio.low !== undefined) {
    box.append(element("span", { class: "reach", style: { left: `${at(ratio.low)}%`, width: `${Math.max(0.5, at(ratio.high) - at(ratio.low))}%` } }));
  }
  return box;
}

function layers(comparison, chosen, context) {
  const { layers: rows, unmatched } = comparison;
  if (!rows.length && !unmatched.a.length && !unmatched.b.length) {
    return element("p", { class: "dim" }, "No layers to compare: both sides need a profile (tacho profile).");
  }
  const numbered = rows.map((row, index) => ({ ...row, number: index + 1, delta: row.b_ns - row.a_ns }));
  const side = (list) => list.map(qualifiedName).join(" + ");
  const place = (key, [layer]) => ({ report: chosen[key][0], layer: qualifiedName(layer) });
  const cell = (key, list) => (list.length ? element("a", { href: context.link("layers", place(key, list)) }, side(list)) : "");
  const grid = table({
    label: "Layers side by side", noun: "layers", rows: numbered, id: (row) => row.number, order: { key: "number", descending: false },
    onOpen: (row) => context.go("layers", row.a.length ? place("a", row.a) : place("b", row.b)),
    columns: [
      { key: "number", name: "#", description: "First those that add most to the difference", align: "right", width: "52px", parse: parseNumber, value: (row) => row.number },
      { key: "a", name: "Layer of A", width: "minmax(140px, 2fr)", value: (row) => side(row.a), cell: (row) => cell("a", row.a) },
      { key: "b", name: "Layer of B", width: "minmax(140px, 2fr)", value: (row) => side(row.b), cell: (row) => cell("b", row.b) },
      { key: "type", name: "Type", width: "minmax(100px, 1fr)", value: (row) => [...new Set([...row.a, ...row.b].map((layer) => shortType(layer.type)))].join(", ") },
      { key: "a_ns", name: "A", description: "Time a query", align: "right", width: "92px", parse: parseDuration, value: (row) => row.a_ns, text: (row) => duration(row.a_ns) },
      { key: "b_ns", name: "B", description: "Time a query", align: "right", width: "92px", parse: parseDuration, value: (row) => row.b_ns, text: (row) => duration(row.b_ns) },
      { key: "delta", name: "B − A", align: "right", width: "96px", value: (row) => row.delta, text: (row) => `${row.delta < 0 ? "−" : "+"}${duration(Math.abs(row.delta))}` },
      { key: "ratio", name: "Change", align: "right", width: "86px", parse: parseNumber, value: (row) => (row.ratio ? (row.ratio.value - 1) * 100 : undefined), text: (row) => (row.ratio ? change(row.ratio.value) : "–") },
      { key: "interval", name: "Interval", align: "right", width: "172px", value: (row) => row.ratio?.low, text: (row) => (row.ratio?.low === undefined ? "none" : `${change(row.ratio.low)} to ${change(row.ratio.high)}`) },
      { key: "verdict", name: "Verdict", width: "minmax(120px, 1fr)", value: (row) => verdictWords(row.verdict)[0],
        cell: (row) => element("span", { class: `word-${verdictWords(row.verdict)[1]}` }, verdictWords(row.verdict)[0]) },
    ],
  });
  return element("section", { class: "card compare-layers" }, element("h2", null, "Layers side by side"), rows.length > 0 && grid.node,
    ["a", "b"].filter((key) => unmatched[key].length > 0).map((key) => element("details", null,
      element("summary", null, `${plural(unmatched[key].length, "layer")} of ${key.toUpperCase()} alone`),
      element("ul", null, unmatched[key].map((layer) => element("li", null, cell(key, [layer]), ` ${shortType(layer.type)}`))))));
}

function findings(comparison) {
  if (!comparison.findings.length) return null;
  return element("section", { class: "card" }, element("h2", null, "What makes this comparison worth less"),
    element("ul", { class: "findings-list" }, comparison.findings.map((finding) => element("li", null,
      element("b", { class: finding.severity === "critical" ? "word-bad" : finding.severity === "warning" ? "word-open" : null }, finding.title),
      element("div", null, finding.evidence), finding.advice && element("div", { class: "dim" }, finding.advice)))));
}
