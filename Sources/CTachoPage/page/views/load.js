// A load measurement: what was found out, latency against rate, the queue over time, and every rate that was tried.
import { kinds, lines } from "tacho/charts.js";
import { element, replace } from "tacho/dom.js";
import { count, decimal, duration, interval, percent, plural, rate, short, significant } from "tacho/format.js";
import { parseDuration } from "tacho/layers/columns.js";
import { parseNumber } from "tacho/rows.js";
import { table } from "tacho/table.js";

/** A configuration in words: `2 streams, batch 4, 1 thread`. */
function configurationWords(configuration) {
  return [
    plural(configuration.streams, "stream"), configuration.max_batch > 1 && `batch up to ${configuration.max_batch}`,
    configuration.batch_delay_ns > 0 && `waiting ${duration(configuration.batch_delay_ns)} for a batch`,
    configuration.threads !== undefined && plural(configuration.threads, "thread"),
  ].filter(Boolean).join(", ");
}

const verdicts = {
  holds: ["holds the bound", "good"], seemsToHold: ["seems to hold it", "open"],
  fails: ["breaks the bound", "bad"], seemsToFail: ["seems to break it", "open"],
};

/** A step's verdict in words, and its tone; no words where there was no bound. */
export const boundWords = (verdict) => verdicts[verdict] ?? [verdict ?? "", "open"];

const ends = {
  found: "found", beaten: "beaten by another", unreachable: "the bound cannot be reached",
  serviceTooLong: "one query alone takes longer than the bound", unfinished: "not finished",
};
const percentiles = ["50", "90", "95", "99", "99.9"];

export async function show(container, context) {
  const load = await context.api.json(`reports/${context.report.id}/load`);
  const steps = load.tried;
  const rated = steps.filter((step) => step.purpose === "rate");
  const charts = element("div", { class: "cards network-cards" });
  const detail = element("section", { class: "card", "aria-live": "polite", "aria-label": "The chosen step" });
  const list = stepTable(steps, load, (step) => choose(step, false));
  container.append(...[
    element("header", { class: "view-head" }, element("h1", null, "Load"), heading(load)),
    answer(load), charts, detail,
    load.configurations.length > 1 && element("section", { class: "card" }, configurations(load)),
    element("section", { class: "card" }, element("h2", null, load.aim === "single" ? "The step" : "Every step that was tried"), list.node),
    element("details", { class: "card" }, element("summary", null, "What the words mean"), words()),
  ].filter(Boolean));

  function choose(step, moves = true) {
    context.setState({ step: step.ordinal });
    if (moves) { list.select([step.ordinal]); return; }
    replace(detail, stepCharts(step, load));
  }
  const curve = rated.filter((step) => step.latency_ns && step.offered_per_s > 0);
  if (curve.length > 0) charts.append(element("section", { class: "card" }, latencyCurve(curve, load, choose)), element("section", { class: "card" }, throughputCurve(curve, load, choose)));
  const first = steps.find((step) => String(step.ordinal) === context.state.get("step"))
    ?? steps.find((step) => step.ordinal === load.answer?.step) ?? steps[load.knee ?? -1] ?? rated.at(-1) ?? steps.at(-1);
  if (first) choose(first);
}

function heading(load) {
  const aim = { single: "one rate", sweep: "several rates", search: "the highest rate within a bound" }[load.aim] ?? load.aim;
  return element("p", { class: "dim" }, `Asked for: ${aim}`, load.bound && `, p${load.bound.percentile} of the latency at most ${duration(load.bound.latency_ns)}`,
    load.scenario && `, as MLPerf's scenario ${load.scenario}`, `. ${plural(load.tried.length, "step")}, each in a worker of its own.`);
}

function answer(load) {
  const bound = load.bound && `p${load.bound.percentile} of at most ${duration(load.bound.latency_ns)}`;
  if (load.answer) {
    const highest = load.answer.rate_per_s;
    const range = interval(highest, rate);
    return element("p", { class: "judgement is-good" }, element("b", null, rate(highest.value, "queries/s")), `is the highest rate that holds ${bound}`,
      range && element("span", { class: "dim" }, `95 % interval ${range}`),
      load.answer.another_launch_per_s && element("span", { class: "dim" },
        `one launch more may hold ${load.answer.another_launch_per_s.map(significant).join(" to ")}/s`),
      element("span", { class: "dim" }, configurationWords(load.answer.configuration)));
  }
  if (load.aim === "search") {
    const end = load.configurations[0]?.end;
    return element("p", { class: "judgement is-bad" }, `No rate was found that holds ${bound ?? "the bound"}`, end && element("span", { class: "dim" }, ends[end] ?? end));
  }
  const judged = load.tried.filter((step) => step.verdict);
  if (load.aim === "single" && judged.length === 1) {
    const [text, tone] = boundWords(judged[0].verdict);
    return element("p", { class: `judgement is-${tone}` }, element("b", null, rate(judged[0].rate_per_s ?? judged[0].offered_per_s, "queries/s")), `${text} of ${bound}`);
  }
  const knee = load.tried[load.knee];
  if (knee) {
    return element("p", { class: "judgement" }, element("b", null, rate(knee.offered_per_s ?? knee.rate_per_s, "queries/s")),
      "is the knee: past it latency is paid for little throughput");
  }
  return null;
}

const value = (figure) => (figure?.value === null ? undefined : figure?.value);

function latencyCurve(steps, load, onPick) {
  const series = ["50", "90", "99"].map((name, index) => ({
    name: name === "50" ? "median" : `p${name}`, kind: kinds[index], dots: true, line: true,
    points: steps.map((step) => ({ step, figure: step.latency_ns.percentiles[name] })).filter(({ figure }) => value(figure) !== undefined)
      .map(({ step, figure }) => ({
        x: step.offered_per_s, y: figure.value / 1e6, low: figure.low === undefined ? undefined : figure.low / 1e6,
        high: figure.high === undefined ? undefined : figure.high / 1e6, datum: step,
        label: `${name === "50" ? "median" : `p${name}`} ${duration(figure.value)} at ${rate(step.offered_per_s, "queries/s")} offered`
          + (step.is_saturated ? ", saturated: too low, since queries were left" : "") + (step.verdict ? `, ${boundWords(step.verdict)[0]}` : ""),
      })).sort((a, b) => a.x - b.x),
  })).filter((each) => each.points.length > 0);
  const knee = load.tried[load.knee];
  const rules = [
    load.bound && { y: load.bound.latency_ns / 1e6, label: `bound ${duration(load.bound.latency_ns)}` },
    load.answer && { x: load.answer.rate_per_s.value, label: `answer ${significant(load.answer.rate_per_s.value)}/s` },
    knee && { x: knee.offered_per_s, label: "knee" },
  ].filter(Boolean);
  const all = series.flatMap((each) => each.points.map((point) => point.y));
  const isWide = Math.max(...all) > 20 * Math.min(...all);
  return lines(series, {
    title: "Latency against the rate offered", x: { label: "queries/s offered", format: short, zero: false },
    y: { label: isWide ? "ms, logarithmic" : "ms", format: short, log: isWide }, rules, height: 320, onPick,
    note: "From the moment a query was to arrive to its result in hand; whiskers are 95 % intervals.",
  });
}

function throughputCurve(steps, load, onPick) {
  const points = steps.filter((step) => step.achieved_per_s).map((step) => ({
    x: step.offered_per_s, y: step.achieved_per_s.value, low: step.achieved_per_s.low, high: step.achieved_per_s.high, datum: step,
    kind: step.is_saturated ? "vermilion" : undefined,
    label: `${significant(step.achieved_per_s.value)} served of ${rate(step.offered_per_s, "queries/s")} offered${step.is_saturated ? ", saturated" : ""}`,
  })).sort((a, b) => a.x - b.x);
  const capacity = Math.max(0, ...load.configurations.map((each) => each.capacity_per_s ?? 0), ...load.tried.filter((step) => step.purpose === "capacity").map((step) => step.achieved_per_s?.value ?? 0));
  return lines([{ name: "served", kind: "green", dots: true, points }], {
    title: "Throughput against the rate offered", height: 320, onPick,
    x: { label: "queries/s offered", format: short, zero: false }, y: { label: "queries/s served", format: short },
    rules: capacity > 0 ? [{ y: capacity, label: `capacity ${significant(capacity)}/s` }] : [],
    note: "Red marks: saturated, queries were still waiting when the step ended.",
  });
}

function stepCharts(step, load) {
  const name = step.purpose === "rate" ? rate(step.rate_per_s ?? step.offered_per_s ?? 0, "queries/s") : { capacity: "Capacity: a closed loop that keeps every stream busy", service: "Service time: a single client" }[step.purpose] ?? step.purpose;
  const parts = [["latency", step.latency_ns], ["waiting", step.waiting_ns], ["service", step.service_ns], ["send delay", step.send_delay_ns]].filter(([, each]) => each);
  return [
    element("h2", null, `Step ${step.ordinal + 1}: ${name}`),
    element("p", { class: "pairs" }, [
      ["arrival", step.arrival], ["configuration", configurationWords(step.configuration)], ["window", duration(step.window_ns)],
      ["served", count(step.served)], step.refused > 0 && ["refused", count(step.refused)], step.left > 0 && ["left waiting", count(step.left)],
      step.share_over_bound && ["over the bound", percent(step.share_over_bound.value, 2)],
    ].filter(Boolean).map(([label, text]) => element("span", { class: "pair" }, element("span", { class: "dim" }, label), " ", element("b", null, text)))),
    parts.length > 0 && element("div", { class: "scroll" }, element("table", null,
      element("thead", null, element("tr", null, element("th", { scope: "col" }, ""), ["mean", ...percentiles.map((each) => (each === "50" ? "median" : `p${each}`)), "max"].map((each) => element("th", { scope: "col", class: "number" }, each)))),
      element("tbody", null, parts.map(([label, each]) => element("tr", null, element("th", { scope: "row" }, label), element("td", { class: "number" }, duration(each.mean.value)),
        percentiles.map((percentile) => {
          const figure = each.percentiles[percentile];
          return element("td", { class: "number", title: figure?.queries_needed ? `needs ${count(figure.queries_needed)} queries` : interval(figure) }, value(figure) === undefined ? "–" : duration(figure.value));
        }), element("td", { class: "number" }, duration(each.max))))))),
    step.queue?.series.length > 1 && queueChart(step),
    Object.keys(step.batches).length > 1 && element("p", { class: "dim" }, "Queries a call: ", Object.entries(step.batches).map(([size, calls]) => `${size} (${count(calls)} calls)`).join(", ")),
    load.knee !== undefined && load.tried[load.knee] === step && element("p", { class: "dim" }, "This is the knee of the curve."),
  ];
}

function queueChart(step) {
  const [start] = step.queue.series[0];
  const at = (time) => (time - start) / 1e9;
  return lines([
    { name: "mean depth", kind: "blue", points: step.queue.series.map(([time, mean]) => ({ x: at(time), y: mean })) },
    { name: "greatest depth", kind: "orange", points: step.queue.series.map(([time, , most]) => ({ x: at(time), y: most })) },
  ], {
    title: `Queries waiting: ${decimal(step.queue.mean, 2)} on average, ${count(step.queue.max)} at most`, height: 200,
    x: { label: "s since the window opened", format: short, zero: false }, y: { label: "queries", format: short },
  });
}

function configurations(load) {
  return [element("h2", null, "Configurations, the best first"), element("div", { class: "scroll" }, element("table", null,
    element("thead", null, element("tr", null, ["Configuration", "Rate within the bound", "95 % interval", "Capacity", "Search"].map((name, index) => element("th", { scope: "col", class: index > 0 && index < 4 ? "number" : null }, name)))),
    element("tbody", null, load.configurations.map((each) => element("tr", null, element("td", null, configurationWords(each.configuration)),
      element("td", { class: "number" }, each.rate_per_s ? rate(each.rate_per_s.value) : "–"),
      element("td", { class: "number" }, interval(each.rate_per_s, rate)),
      element("td", { class: "number" }, each.capacity_per_s === undefined ? "–" : rate(each.capacity_per_s)), element("td", null, ends[each.end] ?? each.end))))))];
}

function stepTable(steps, load, onChoose) {
  const time = (key, name) => ({
    key, name, align: "right", width: "96px", parse: parseDuration, value: (step) => value(step.latency_ns?.percentiles[key]),
    text: (step) => (value(step.latency_ns?.percentiles[key]) === undefined ? "–" : duration(step.latency_ns.percentiles[key].value)),
  });
  const perSecond = (key, name, get) => ({ key, name, align: "right", width: "100px", parse: parseNumber, value: get, text: (step) => (get(step) === undefined ? "–" : significant(get(step))) });
  const grid = table({
    label: "Steps", noun: "steps", rows: steps, id: (step) => step.ordinal, order: { key: "ordinal", descending: false },
    onSelect: ([step]) => { if (step) onChoose(step); },
    columns: [
      { key: "ordinal", name: "#", align: "right", width: "48px", parse: parseNumber, value: (step) => step.ordinal + 1 },
      { key: "purpose", name: "Purpose", width: "minmax(90px, 1fr)", value: (step) => step.purpose },
      { key: "arrival", name: "Arrival", width: "minmax(80px, 1fr)", value: (step) => step.arrival },
      { key: "configuration", name: "Configuration", width: "minmax(150px, 2fr)", value: (step) => configurationWords(step.configuration) },
      perSecond("rate", "Asked /s", (step) => step.rate_per_s), perSecond("offered", "Offered /s", (step) => step.offered_per_s), perSecond("achieved", "Served /s", (step) => step.achieved_per_s?.value),
      time("50", "Median"), time("90", "p90"), time("99", "p99"),
      { key: "verdict", name: "Verdict", width: "minmax(140px, 1fr)", value: (step) => step.verdict ?? "", text: (step) => boundWords(step.verdict)[0],
        cell: (step) => element("span", { class: `word-${boundWords(step.verdict)[1]}` }, boundWords(step.verdict)[0]) },
      { key: "saturated", name: "Saturated", width: "92px", value: (step) => (step.is_saturated ? "yes" : "no") },
    ],
  });
  grid.node.classList.add("steps-table");
  return grid;
}

function words() {
  return element("dl", { class: "facts" }, [
    ["offered", "queries that arrived in the window, over the window"], ["latency", "result in hand, less the moment the query was to arrive: what a stall delayed counts in full"],
    ["waiting", "sent, less the moment it was to arrive"], ["service", "the engine's call that served it"], ["send delay", "what the harness itself added"],
    ["saturated", "queries still waited when the step ended, so that its latencies are too low"], ["capacity", "what a closed loop that keeps every stream busy gets through"],
  ].map(([name, text]) => [element("dt", null, name), element("dd", null, text)]));
}
