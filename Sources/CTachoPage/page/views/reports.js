// The list of reports: what each is, and choosing two sides to compare.
import { element, replace } from "tacho/dom.js";
import { bytes, plural, stateWords, wallTime } from "tacho/format.js";

/** Whether a report holds what figures are compared of. */
export const canCompare = (report) => report.kinds.includes("run");

/** Whether it can be laid beside another one: by figures, or by its timeline alone. */
export const canStandBeside = (report) => canCompare(report) || report.views.includes("timeline");

export async function show(container, { api, list, state, setState, go, link, refreshList }) {
  let fresh = api.isExported ? list : await refreshList();
  const chosen = new Set();
  const body = element("tbody");
  const compare = element("button", { type: "button", disabled: true, onclick: () => startComparison() }, "Compare chosen");
  const search = element("input", {
    type: "search", placeholder: "Filter by name, model, engine", "aria-label": "Filter reports", value: state.get("filter") ?? "",
    oninput: () => { setState({ filter: search.value }); fill(); },
  });
  const counted = element("span", { class: "dim", role: "status" });

  function startComparison() {
    const [a, ...b] = fresh.reports.filter((report) => chosen.has(report.id)).map((report) => report.id).reverse();
    go("compare", { report: null, a, b: b.join(",") });
  }

  function fill() {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const rows = fresh.reports.filter((report) => {
      const text = [report.path, report.model, report.engine, report.state, ...report.kinds, ...report.providers].join(" ").toLowerCase();
      return words.every((word) => text.includes(word));
    });
    counted.textContent = rows.length === fresh.reports.length ? plural(rows.length, "report") : `${rows.length} of ${plural(fresh.reports.length, "report")}`;
    replace(body, rows.map(row));
  }

  function row(report) {
    const box = element("input", {
      type: "checkbox", "aria-label": `Choose ${report.name} to compare`, disabled: !canStandBeside(report), checked: chosen.has(report.id),
      onchange: () => {
        if (box.checked) chosen.add(report.id); else chosen.delete(report.id);
        compare.disabled = chosen.size < 2;
      },
    });
    const name = element("a", { class: "name", href: link("overview", { report: report.id }) }, report.name);
    return element("tr", null,
      element("td", null, element("div", null, name, " ", report.state !== "complete" && element("span", { class: `state state-${report.state}` }, stateWords(report.state))),
        element("div", { class: "where" }, report.failure ? report.failure.problem : report.path)),
      element("td", null, report.kinds.map((kind) => element("span", { class: "chip" }, kind))),
      element("td", null, report.model ?? ""),
      element("td", null, [report.engine, report.providers.join(", ")].filter(Boolean).join(", ")),
      element("td", { class: "number" }, report.launches || ""),
      element("td", { class: "number" }, report.started_wall_ns ? wallTime(report.started_wall_ns) : ""),
      element("td", { class: "number" }, bytes(report.size_bytes)),
      element("td", null, canStandBeside(report) && box));
  }

  const main = element("div");
  /** The table, or what to do where there is nothing to put into it. */
  function draw() {
    fill();
    replace(main, fresh.reports.length === 0
      ? element("section", { class: "card empty" },
        element("h2", null, "No report here yet"),
        element("p", null, "A report is what ", element("code", null, "tacho run MODEL"), ", ", element("code", null, "profile"), ", ",
          element("code", null, "load"), " and ", element("code", null, "trace"), " write."),
        fresh.has_activities && element("p", null, element("a", { href: link("activities"), class: "button" }, "Start an activity")))
      : [fresh.is_cut_off && element("p", { class: "dim" }, "The folder holds more than is listed: serve one of its folders to see the rest."),
        element("div", { class: "reports-tools" }, search, compare),
        element("section", { class: "card scroll" }, element("table", { class: "reports-table" },
          element("thead", null, element("tr", null, ["Report", "Kind", "Model", "Engine"].map((name) => element("th", { scope: "col" }, name)),
            ["Launches", "Recorded", "Size"].map((name) => element("th", { scope: "col", class: "number" }, name)),
            element("th", { scope: "col" }, "Compare"))), body))]);
  }

  container.append(element("div", { class: "bar-head" }, element("h1", null, "Reports"), counted), main);
  draw();
  // A folder may get new reports, and one may be recorded right now.
  if (!fresh.is_folder) return undefined;
  const timer = setInterval(async () => {
    try {
      const before = fresh;
      fresh = await refreshList();
      if (marks(fresh) === marks(before)) return;
      if (before.reports.length === 0 || fresh.reports.length === 0) draw(); else fill();
    } catch { /* The server is gone: what is shown stays. */ }
  }, 3000);
  return () => clearInterval(timer);
}

/** What changes when a report of a list does. */
const marks = (list) => list.reports.map((report) => report.id + report.revision + report.state).join();
