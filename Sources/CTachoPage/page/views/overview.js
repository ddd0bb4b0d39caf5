// What a report says at a glance: figures, verdict, findings with their evidence, latencies, start-up, surroundings.
import { histogram, lines } from "tacho/charts.js";
import { answerTo, copyButton, element, facts, failureCard, replace } from "tacho/dom.js";
import { bytes, commandLine, count, decimal, duration, halfWidth, interval, percent, plural, rate, shape, significant, wallTime } from "tacho/format.js";
import { boundWords } from "tacho/views/load.js";

export async function show(container, context) {
  const { report, api } = context;
  const overview = await api.json(`reports/${report.id}`);
  const isRun = report.kinds.includes("run");
  const isLoad = report.kinds.includes("load");
  const run = isRun ? await api.json(`reports/${report.id}/run`) : null;
  const load = isLoad ? await api.json(`reports/${report.id}/load`) : null;
  const profile = report.kinds.includes("profile") ? await api.json(`reports/${report.id}/profile`) : null;
  const source = run ?? load ?? overview;

  container.append(hero(overview), verdict(overview));
  if (overview.failure) container.append(failureCard(overview.failure));
  if (run?.latency_ns) container.append(runFigures(run, overview, profile));
  if (load) container.append(loadFigures(load, context));
  if (overview.trace) container.append(traceFigures(overview));
  container.append(findings(overview, context));
  if (run?.latency_ns) {
    const latency = element("div", { id: "latency" });
    container.append(latency);
    const launch = context.state.get("launch");
    drawLatency(latency, context, await api.json(`reports/${report.id}/latency${/^\d+$/.test(launch ?? "") ? `?launch=${launch}` : ""}`));
  }
  if (overview.trace) container.append(await statistics(overview, context));
  const cards = element("div", { class: "columns" });
  cards.append(...[
    run && percentiles(run), run && launches(run), startUp(overview), settings(overview), bindings(source), model(source),
    environment(overview), disturbance(run), losses(overview), origin(overview),
  ].filter(Boolean));
  container.append(cards);
  const section = context.state.get("section");
  if (section) container.addEventListener("shown", () => document.getElementById(section)?.scrollIntoView());
}

// MARK: What was measured

function hero(overview) {
  const [first, ...rest] = overview.heading;
  return element("header", { class: "hero" }, element("div", null, element("h1", null, first ?? overview.card.name), rest.map((line) => element("p", { class: "sub" }, line))));
}

/** Whether the figures can be used, from the findings' severity and what was lost. */
function verdict(overview) {
  const critical = overview.findings.filter((finding) => finding.severity === "critical").length;
  const warnings = overview.findings.filter((finding) => finding.severity === "warning").length;
  const notes = overview.findings.length - critical - warnings;
  const words = [critical > 0 && `${critical} critical`, warnings > 0 && plural(warnings, "warning"), notes > 0 && `${notes} of note`].filter(Boolean).join(", ");
  const loss = overview.data_loss.length > 0 ? " Some records were lost: see data loss below." : "";
  if (overview.card.state === "recording") return line("warning", "Still being recorded.", `What is shown is what there is so far; the page follows it.${loss}`);
  if (overview.failure || overview.card.state === "failed") return line("critical", "The measurement failed.", `What was recorded before is kept.${loss}`);
  if (critical > 0) return line("critical", "Do not use these figures as they are.", `Findings: ${words}.${loss}`);
  if (warnings > 0 || loss) return line("warning", "Use with care.", `Findings: ${words || "none"}.${loss}`);
  return line("", "Nothing touches the figures.", notes > 0 ? `Findings: ${words}.` : "No finding, no data loss.");
}

function line(kind, strong, rest) {
  return element("p", { class: `verdict ${kind}` }, element("b", null, strong), element("span", null, rest));
}

function figure(name, text, spread, note) {
  // A figure is a number with its unit; where there is none, words say so.
  const isWords = !/^[-\d]/.test(text);
  const [number, unit] = isWords ? [text, ""] : splitUnit(text);
  return element("div", { class: "figure" }, element("div", { class: "name" }, name),
    element("div", { class: isWords ? "value words" : "value" }, number, unit && element("small", null, ` ${unit}`)),
    element("div", { class: "spread" }, spread || "\u00A0"), note && element("div", { class: "spread" }, note));
}

function splitUnit(text) {
  const place = text.indexOf(" ");
  return place < 0 ? [text, ""] : [text.slice(0, place), text.slice(place + 1)];
}

function spreadOf(value, word) {
  return [halfWidth(value), interval(value, word)].filter(Boolean).join(" · ");
}

/** Queries a second; with a batch inferences. */
const throughputWord = (run) => (value) => rate(value, (run.engine?.batch ?? 1) > 1 ? "inf/s" : "/s");

function runFigures(run, overview, profile) {
  const latency = run.latency_ns;
  const items = [figure("Host latency, median", duration(latency.median.value), spreadOf(latency.median, duration))];
  const p99 = latency.percentiles["99"];
  if (p99) {
    items.push(p99.value === null
      ? figure("p99", "not told", `needs about ${count(p99.queries_needed)} queries a launch`)
      : figure("p99", duration(p99.value), spreadOf(p99, duration)));
  }
  if (run.throughput_per_s) {
    const word = throughputWord(run);
    items.push(figure("Throughput", word(run.throughput_per_s.value), spreadOf(run.throughput_per_s, word)));
  }
  items.push(figure("Queries measured", count(latency.count), `after ${count(run.warm_up_queries)} of warm-up`,
    latency.interval_scope === "launch" ? "intervals speak for one launch" : "intervals over the launches"));
  if (profile?.slowdown !== undefined && profile !== null) {
    items.push(figure("Profiling cost", percent(profile.slowdown), `${plural(profile.queries, "profiled query", "profiled queries")}`));
  }
  const cold = overview.launches[0]?.cold_ratio;
  if (cold) items.push(figure("First query", `${decimal(cold, 1)} times`, "the median"));
  return element("div", { class: "figures" }, items);
}

function loadFigures(load, { link }) {
  const items = [];
  if (load.bound) items.push(figure("Latency bound", duration(load.bound.latency_ns), `p${significant(load.bound.percentile)}`));
  if (load.answer) {
    const { configuration } = load.answer;
    items.push(figure("Highest rate that holds it", rate(load.answer.rate_per_s.value), spreadOf(load.answer.rate_per_s, rate)));
    items.push(figure("With", plural(configuration.streams, "stream"),
      [`batch up to ${configuration.max_batch}`, configuration.threads && plural(configuration.threads, "thread")].filter(Boolean).join(", ")));
  } else if (load.aim === "search") items.push(figure("Highest rate that holds it", "none", "no tried rate holds the bound"));
  items.push(figure("Steps measured", count(load.tried.length), ""));
  const body = load.tried.map((step) => {
    const percentile = load.bound ? step.latency_ns?.percentiles[String(load.bound.percentile)] : step.latency_ns?.percentiles["99"];
    return element("tr", null,
      element("td", null, step.purpose === "rate" ? step.arrival : step.purpose),
      element("td", { class: "number" }, step.rate_per_s ? rate(step.rate_per_s) : step.clients ? plural(step.clients, "client") : ""),
      element("td", { class: "number" }, step.achieved_per_s ? rate(step.achieved_per_s.value) : ""),
      element("td", { class: "number" }, step.latency_ns ? duration(step.latency_ns.median.value) : ""),
      element("td", { class: "number" }, percentile?.value ? duration(percentile.value) : percentile ? element("span", { class: "dim" }, "too few queries") : ""),
      element("td", null, [boundWords(step.verdict)[0], step.is_saturated && "saturated"].filter(Boolean).join(", ")));
  });
  return element("div", null, element("div", { class: "figures" }, items),
    element("section", { class: "card scroll" },
      element("div", { class: "bar-head" }, element("h2", null, "Steps"), element("a", { href: link("load") }, "Latency against rate")),
      element("table", null, element("thead", null, element("tr", null, element("th", null, "Arrival"),
        ["Asked", "Served", "Median", load.bound ? `p${significant(load.bound.percentile)}` : "p99"].map((name) => element("th", { class: "number" }, name)), element("th", null, "Verdict"))),
      element("tbody", null, body))));
}

function traceFigures({ trace, card }) {
  const ended = trace.exit_code !== undefined ? `exit code ${trace.exit_code}` : trace.signal !== undefined ? `signal ${trace.signal}` : card.state === "recording" ? "still running" : "not known";
  const items = [];
  if (trace.duration_ns !== undefined) items.push(figure("Took", duration(trace.duration_ns), `ended: ${ended}`));
  else items.push(figure("Ended", ended, ""));
  items.push(figure("Processes", count(trace.processes), plural(trace.threads, "thread")));
  for (const item of trace.counts.slice(0, 4)) items.push(figure(item.noun, count(item.events), ""));
  if (trace.marks > 0) items.push(figure("NVTX marks", count(trace.marks), ""));
  return element("div", null, element("div", { class: "figures" }, items), trace.gaps && gaps(trace.gaps),
    trace.warnings.length > 0 && element("section", { class: "card" }, element("h2", null, "Notes of the recorder"), element("ul", null, trace.warnings.map((text) => element("li", null, text)))));
}

/** What streams of devices had to do, and what they waited for. */
function gaps({ streams, busy_ns: busy, waiting_ns: waiting, causes }) {
  const share = (time, whole) => percent(whole > 0 ? time / whole : 0);
  return element("section", { class: "card" }, element("h2", null, "What streams waited for"),
    element("p", null, `${plural(streams, "stream")} of devices had ${duration(busy)} of work and waited ${duration(waiting)} (${share(waiting, busy + waiting)}).`),
    element("table", null, element("thead", null, element("tr", null, element("th", null, "Cause"), ["Share", "Total", "Times"].map((name) => element("th", { class: "number" }, name)))),
      element("tbody", null, causes.map((one) => element("tr", null, element("td", null, one.cause.replaceAll("_", " ")),
        [share(one.total_ns, waiting), duration(one.total_ns), count(one.count)].map((text) => element("td", { class: "number" }, text)))))));
}

// MARK: Findings

function findings(overview, context) {
  const order = { critical: 0, warning: 1, info: 2 };
  const sorted = [...overview.findings].sort((a, b) => order[a.severity] - order[b.severity]);
  const strong = sorted.filter((finding) => finding.severity !== "info");
  const notes = sorted.filter((finding) => finding.severity === "info");
  if (sorted.length === 0) return element("section", { class: "card", id: "findings" }, element("h2", null, "Findings"), element("p", { class: "dim" }, "None."));
  return element("section", { class: "card", id: "findings" }, element("h2", null, "Findings"),
    strong.length > 0 && element("ul", { class: "findings" }, strong.map((finding) => findingItem(finding, context))),
    notes.length > 0 && element("details", { open: strong.length === 0 },
      element("summary", null, `${plural(notes.length, "note")} that ${notes.length === 1 ? "does" : "do"} not touch the figures`),
      element("ul", { class: "findings" }, notes.map((finding) => findingItem(finding, context)))));
}

function findingItem(finding, { link, report }) {
  const word = { critical: "critical", warning: "warning", info: "note" }[finding.severity];
  const places = finding.places.filter((place) => report.views.includes(place.view));
  return element("li", { class: `finding ${finding.severity}` },
    element("h3", null, element("span", { class: "severity" }, `${word}: `), finding.title),
    element("p", null, finding.evidence, places.length > 0 && element("span", { class: "places" }, places.map((place) => element("a", { href: link(place.view, place.state) }, `→ ${place.words}`)))),
    element("p", { class: "advice" }, finding.advice));
}

// MARK: Latencies

function drawLatency(place, context, data) {
  const { report, api, setState, go } = context;
  const several = data.launches.length > 1 && !api.isExported;
  const chooser = several && element("select", { "aria-label": "Launch", onchange: () => {
    setState({ launch: chooser.value });
    answerTo(chooser, (launch) => api.json(`reports/${report.id}/latency?launch=${launch}`),
      (answer) => drawLatency(place, context, answer), (card) => replace(place, chooser, card));
  } }, data.launches.map((ordinal) => element("option", { value: ordinal, selected: ordinal === data.launch }, `launch ${ordinal + 1}`)));
  const summary = data.latency_ns;
  const markers = [{ ...summary.median, label: "median" }];
  for (const [name, percentile] of Object.entries(summary.percentiles)) {
    if (["90", "99"].includes(name) && percentile.value !== null) markers.push({ ...percentile, label: `p${name}` });
  }
  const last = data.histogram.bins.at(-1);
  const axis = { format: duration, label: "host latency", log: data.histogram.is_logarithmic, zero: false };
  const hasTimeline = report.views.includes("timeline");
  replace(place, element("div", { class: "cards" },
    element("section", { class: "card" },
      element("div", { class: "bar-head" }, element("h2", null, "Latency histogram"), chooser),
      histogram(data.histogram.bins.map((bin) => ({ from: bin.low_ns, to: bin.high_ns, count: bin.count })), {
        title: "", x: axis, unit: "queries", height: 240,
        markers: markers.filter((marker) => marker.value <= last.high_ns && marker.value >= data.histogram.bins[0].low_ns),
        note: [data.histogram.is_logarithmic && "Bins of equal ratio.", data.histogram.overflow > 0 && `${plural(data.histogram.overflow, "query", "queries")} above ${duration(last.high_ns)}, up to ${duration(data.histogram.max_ns)}, not drawn.`,
          "Shaded: the intervals of the percentiles."].filter(Boolean).join(" "),
      })),
    element("section", { class: "card" },
      element("div", { class: "bar-head" }, element("h2", null, "Host latency over time")),
      series(data, hasTimeline && ((bucket) => go("timeline", { from: bucket.from_ns, to: bucket.to_ns }))))));
}

function series(data, onPick) {
  const start = data.series[0]?.from_ns ?? 0;
  // A few spikes must not press everything else into one line: the axis ends where 95 of 100 buckets do.
  const maxima = data.series.map((bucket) => bucket.max_ns).sort((a, b) => a - b);
  const top = Math.max(maxima[Math.floor((maxima.length - 1) * 0.95)] ?? 0, ...data.series.map((bucket) => bucket.median_ns));
  const beyond = data.series.filter((bucket) => bucket.max_ns > top).length;
  const points = (warm) => data.series.filter((bucket) => bucket.is_warm_up === warm).map((bucket) => ({
    x: bucket.to_ns - start, y: bucket.median_ns, low: bucket.min_ns, high: Math.min(bucket.max_ns, top), datum: bucket,
    label: `${plural(bucket.queries, "query", "queries")}: median ${duration(bucket.median_ns)}, ${duration(bucket.min_ns)} to ${duration(bucket.max_ns)}`,
  }));
  const all = [
    { name: "warm-up", kind: "grey", points: points(true) },
    { name: "measured", kind: "blue", points: points(false) },
  ].filter((one) => one.points.length > 0);
  return lines(all, {
    title: "", height: 240, legend: true, x: { format: duration, label: "since the loop's start", zero: true }, y: { format: duration, label: "host latency", zero: false },
    onPick: onPick || undefined,
    note: [`Line: median of ${plural(data.series[0]?.queries ?? 0, "query", "queries")} or so; band: fastest to slowest.`,
      beyond > 0 && `${plural(beyond, "bucket")} reach above the drawing, up to ${duration(maxima.at(-1))}.`, onPick && "Click a point for its place in the timeline."].filter(Boolean).join(" "),
  });
}

function percentiles(run) {
  const latency = run.latency_ns;
  if (!latency) return null;
  const row = (name, value, word = duration) => element("tr", null, element("td", null, name), element("td", { class: "number" }, word(value.value)),
    element("td", { class: "number" }, halfWidth(value)), element("td", null, interval(value, word)));
  const plain = (name, value) => element("tr", null, element("td", null, name), element("td", { class: "number" }, duration(value)), element("td"), element("td"));
  const rows = [row("median", latency.median), row("mean", latency.mean)];
  for (const name of Object.keys(latency.percentiles).map(Number).sort((a, b) => a - b).filter((value) => value !== 50)) {
    const percentile = latency.percentiles[String(name)];
    rows.push(percentile.value === null
      ? element("tr", null, element("td", null, `p${name}`), element("td", { class: "number" }, "not told"), element("td"), element("td", null, `needs about ${count(percentile.queries_needed)} queries a launch`))
      : row(`p${name}`, percentile));
  }
  rows.push(plain("min", latency.min), plain("max", latency.max), plain("standard deviation", latency.stddev));
  if (run.throughput_per_s) rows.push(row("throughput", run.throughput_per_s, throughputWord(run)));
  const parts = run.launches[0]?.parts_ns ?? {};
  for (const [name, part] of Object.entries(parts)) rows.push(row(`${name.replaceAll("_", " ")}, median`, part.median));
  return element("section", { class: "card scroll" }, element("h2", null, "Figures"),
    element("table", { class: "percentiles" }, element("thead", null, element("tr", null, element("th", null, "Host latency"), element("th", { class: "number" }, "Value"), element("th", { class: "number" }, ""), element("th", null, "95 % interval"))), element("tbody", null, rows)),
    element("p", { class: "chart-note" }, latency.interval_scope === "launch"
      ? "Intervals of one launch: they leave out how launches differ (--launches 8 shows it)." : `Intervals over ${run.launches.length} launches (Student's t on the launches' figures).`));
}

function launches(run) {
  if (run.launches.length < 2) return null;
  return element("section", { class: "card scroll" }, element("h2", null, "Launches"), element("table", null,
    element("thead", null, element("tr", null, ["Launch", "Median", "Queries"].map((name) => element("th", { class: "number" }, name)), element("th", null, "95 % interval"), element("th", null, "Ended by"))),
    element("tbody", null, run.launches.map((launch) => element("tr", null, element("td", { class: "number" }, launch.ordinal + 1),
      element("td", { class: "number" }, launch.latency_ns ? duration(launch.latency_ns.median.value) : "none"), element("td", { class: "number" }, count(launch.queries)),
      element("td", null, launch.latency_ns ? interval(launch.latency_ns.median) : ""), element("td", null, launch.stop_reason ?? "no word"))))));
}

// MARK: Start-up and surroundings

function startUp(overview) {
  const launch = overview.launches[0];
  if (!launch || launch.phases.length === 0) return null;
  const total = launch.phases.reduce((sum, phase) => sum + phase.duration_ns, 0);
  return element("section", { class: "card" }, element("h2", null, overview.launches.length > 1 ? `Start-up (launch ${launch.ordinal + 1})` : "Start-up"),
    element("div", { class: "stages", role: "img", "aria-label": launch.phases.map((phase) => `${phase.name} ${duration(phase.duration_ns)}`).join(", ") },
      launch.phases.map((phase, index) => element("div", { class: `stage stage-${index % 6}`, title: `${phase.name}: ${duration(phase.duration_ns)}`, style: { flexGrow: String(phase.duration_ns / Math.max(1, total)) } }))),
    element("table", null, element("tbody", null, launch.phases.map((phase, index) => element("tr", null,
      element("td", null, element("span", { class: `key key-${index % 6}`, "aria-hidden": "true" }), phase.name),
      element("td", { class: "number" }, duration(phase.duration_ns)), element("td", { class: "number dim" }, percent(phase.duration_ns / Math.max(1, total))))))),
    element("p", { class: "chart-note" }, `${duration(total)} in all, in no other figure.`));
}

/** What was asked for beside what took effect. */
function settings(overview) {
  const { settings: all } = overview;
  if (!all) return null;
  const asked = { ...all.requested.options };
  const took = { ...(all.effective?.options ?? {}) };
  const stopping = (rules) => rules && [rules.iterations && `${count(rules.iterations)} iterations`, rules.duration_ns && duration(rules.duration_ns),
    rules.precision && `precision ${percent(rules.precision)}`, `at most ${duration(rules.max_duration_ns)}`].filter(Boolean).join(", ");
  const rows = [...new Set([...Object.keys(asked), ...Object.keys(took)])].sort().map((name) => [name, asked[name], took[name]]);
  rows.push(["scenario", `${all.requested.scenario}, ${plural(all.requested.streams, "stream")}`, undefined], ["launches", count(all.requested.launches), undefined],
    ["batch", all.requested.batch, all.effective?.batch], ["warm-up", duration(all.requested.warm_up_ns), all.effective && duration(all.effective.warm_up_ns)],
    ["stopping", stopping(all.requested.stopping), stopping(all.effective?.stopping)], ["seed", all.requested.seed, undefined]);
  return element("section", { class: "card scroll" }, element("h2", null, "Settings"), element("table", null,
    element("thead", null, element("tr", null, ["Setting", "Requested", "Took effect"].map((name) => element("th", { scope: "col" }, name)))),
    element("tbody", null, rows.map(([name, wanted, effect]) => {
      const differs = wanted !== undefined && effect !== undefined && String(wanted) !== String(effect);
      return element("tr", null, element("td", null, name), element("td", null, wanted ?? element("span", { class: "dim" }, "left to the engine")),
        element("td", { class: differs ? "changed" : "" }, effect ?? element("span", { class: "dim" }, "as requested"), differs && " (differs)"));
    }))));
}

function bindings(source) {
  if (!source.bindings?.length) return null;
  return element("section", { class: "card scroll" }, element("h2", null, "Inputs and outputs"), element("table", null,
    element("thead", null, element("tr", null, ["Name", "Direction", "Shape", "Type", "Values"].map((name) => element("th", { scope: "col" }, name)))),
    element("tbody", null, source.bindings.map((binding) => element("tr", null, element("td", null, binding.name), element("td", null, binding.direction),
      element("td", { class: "mono nowrap" }, shape(binding.shape)), element("td", null, binding.element_type), element("td", null, binding.source ?? ""))))));
}

function model(source) {
  const { model: it } = source;
  if (!it) return null;
  const operators = Object.entries(it.operators).sort((a, b) => b[1] - a[1]);
  return element("section", { class: "card" }, element("h2", null, "Model"), facts([
    ["file", `${it.path} (${bytes(it.file_bytes)})`], ["graph", it.name], ["nodes", count(it.nodes)],
    ["operators", operators.map(([name, number]) => `${name} × ${number}`).join(", ")],
    ["operator sets", `${Object.entries(it.operator_sets).map(([name, version]) => `${name} ${version}`).join(", ")}; IR version ${it.ir_version}`],
    ["parameters", `${count(it.parameters)} (${bytes(it.parameter_bytes)})`], ["written by", it.producer]]));
}

function environment({ environment: it, card }) {
  if (!it) return null;
  const { processor, memory, software, host, control_group: group } = it;
  const counts = [processor.cores && `${processor.cores} cores`, processor.threads && `${processor.threads} threads`, processor.usable && `${processor.usable} usable`].filter(Boolean).join(", ");
  return element("section", { class: "card" }, element("h2", null, "Environment"), facts([
    ["engine", [card.engine, card.providers.join(", ")].filter(Boolean).join(", ")],
    ["processor", processor.model && (counts ? `${processor.model}: ${counts}` : processor.model)],
    ["governor", processor.governors.join(", ")], ["turbo", processor.turbo === undefined ? null : processor.turbo ? "on" : "off"],
    ["CPU quota", group.cpu_quota_cores > 0 && `${decimal(group.cpu_quota_cores, 2)} cores`], ["memory", memory.total_bytes && bytes(memory.total_bytes)],
    ["virtual", host.hypervisor], ["container", host.container], ["system", software.operating_system], ["kernel", software.kernel],
    ["load before", it.load && decimal(it.load[0], 2)], ["tacho", software.tool]]));
}

function disturbance(run) {
  const noise = run?.launches[0]?.noise;
  if (!noise) return null;
  return element("section", { class: "card" }, element("h2", null, "During the window"), facts([
    ["processor time", `${duration(noise.process_user_ns + noise.process_system_ns)} of this process`],
    ["other programs", noise.others_busy_ns !== undefined ? duration(noise.others_busy_ns) : null],
    ["stolen by the hypervisor", noise.steal_ns !== undefined ? duration(noise.steal_ns) : null],
    ["throttled", noise.throttled_ns ? duration(noise.throttled_ns) : null],
    ["involuntary switches", count(noise.involuntary_switches)],
    ["page faults", `${count(noise.minor_faults)} minor, ${count(noise.major_faults)} major`],
    ["peak memory", noise.peak_memory_bytes !== undefined ? bytes(noise.peak_memory_bytes) : null]]));
}

function losses(overview) {
  return element("section", { class: "card", id: "data-loss" }, element("h2", null, "Data loss"), overview.data_loss.length === 0
    ? element("p", { class: "dim" }, "None: everything that was recorded is here.")
    : element("ul", { class: "findings" }, overview.data_loss.map((loss) => element("li", { class: "finding warning" },
      element("h3", null, loss.count === undefined ? "An unknown number of records" : plural(loss.count, "record"), `, ${loss.reason}, launch ${loss.launch + 1}`),
      element("p", { class: "advice" }, loss.remedy)))));
}

function origin(overview) {
  const text = commandLine(overview.command);
  return element("section", { class: "card" }, element("h2", null, "The report"), facts([
    ["file", overview.card.path], ["size", bytes(overview.card.size_bytes)], ["recorded", wallTime(overview.card.started_wall_ns)],
    ["by", `tacho ${overview.tool_version}`]]),
    element("p", { class: "dim" }, "Made by:"), element("div", { class: "command" }, element("code", null, text), copyButton(text)));
}

// MARK: Statistics of a trace

async function statistics(overview, { report, api, state, setState }) {
  const names = overview.trace.statistics;
  const place = element("div", { class: "scroll" });
  const preferred = names.find((one) => one.name === "cuda_gpu_kern_sum") ?? names[0];
  const select = element("select", { "aria-label": "Statistic", onchange: () => {
    setState({ stats: select.value });
    answerTo(select, ask, draw, (card) => replace(place, card));
  } },
    names.map((one) => element("option", { value: one.name, selected: one.name === (state.get("stats") ?? preferred?.name) }, one.meaning)));
  const ask = (name) => api.json(`reports/${report.id}/stats/${name}`);
  function draw(table) {
    const order = columns(table);
    replace(place, table.notes.map((note) => element("p", { class: "dim" }, note)), table.rows.length === 0
      ? element("p", { class: "dim" }, "Nothing of this kind was recorded.")
      : element("table", null, element("thead", null, element("tr", null, order.map((key) => element("th", { class: isNumber(table, key) ? "number" : "" }, heading(key))))),
        element("tbody", null, table.rows.slice(0, 200).map((row) => element("tr", null, order.map((key) => isNumber(table, key) ? element("td", { class: "number" }, cell(key, row[key]))
          : element("td", null, element("div", { class: key === "name" ? "clamp" : "", title: row[key] }, cell(key, row[key])))))))),
    table.rows.length > 200 && element("p", { class: "dim" }, `and ${count(table.rows.length - 200)} more rows: tacho show REPORT --stats ${select.value} --csv`));
  }
  if (names.length > 0) draw(await ask(select.value));
  return element("section", { class: "card", id: "statistics" }, element("div", { class: "bar-head" }, element("h2", null, "Statistics"), select), place);
}

/** The share, then the names, then the figures in the order of the text view; those that are 0 in all rows say nothing. */
function columns(table) {
  const keys = [...new Set(table.rows.flatMap((row) => Object.keys(row)))].filter((key) => key !== "open" || table.rows.some((row) => row.open > 0));
  const figures = ["total", "count", "mean", "median", "p90", "p99", "min", "max", "stddev"];
  const rank = (key) => (key === "share" ? 0 : !isNumber(table, key) ? (key === "name" ? 1 : 2) : 3 + (figures.indexOf(key.replace(/_(ns|bytes)$/, "")) + 1 || 99));
  return keys.sort((a, b) => rank(a) - rank(b));
}

function isNumber(table, key) { return table.rows.every((row) => typeof row[key] !== "string"); }

function heading(key) {
  return key.replace(/_(ns|bytes)$/, "").replace(/_percentage$|_percent$/, " %").replaceAll("_", " ");
}

function cell(key, value) {
  if (value === undefined) return "-";
  if (typeof value === "string") return value;
  if (key.endsWith("_ns")) return duration(value);
  if (key.includes("bytes")) return bytes(value);
  if (key === "share" || /percent/.test(key)) return `${decimal(value, 1)} %`;
  return count(value);
}
