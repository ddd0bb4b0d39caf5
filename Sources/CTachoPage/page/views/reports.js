// The list of reports: what each is, and choosing two sides to compare.
import { element, replace } from "tacho/dom.js";
import { bytes, plural, stateWords, wallTime } from "tacho/format.js";

export const title = "Reports";

export async function show(container, { api, list, state, setState, go, refreshList }) {
  if (!api.isExported) await refreshList();
  const fresh = api.isExported ? list : await api.json("reports");
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
    const canCompare = report.kinds.includes("run");
    const box = element("input", {
      type: "checkbox", "aria-label": `Choose ${report.name} to compare`, disabled: !canCompare, checked: chosen.has(report.id),
      onchange: () => {
        if (box.checked) chosen.add(report.id); else chosen.delete(report.id);
        compare.disabled = chosen.size < 2;
      },
    });
    const name = element("a", { class: "name", href: `#/overview?report=${encodeURIComponent(report.id)}` }, report.name);
    return element("tr", null,
      element("td", null, element("div", null, name, " ", report.state !== "complete" && element("span", { class: `state state-${report.state}` }, stateWords(report.state))),
        element("div", { class: "where" }, report.failure ? report.failure.problem : report.path)),
      element("td", null, report.kinds.map((kind) => element("span", { class: "chip" }, kind))),
      element("td", null, report.model ?? ""),
      element("td", null, [report.engine, report.providers.join(", ")].filter(Boolean).join(", ")),
      element("td", { class: "number" }, report.launches || ""),
      element("td", { class: "number" }, report.started_wall_ns ? wallTime(report.started_wall_ns) : ""),
      element("td", { class: "number" }, bytes(report.size_bytes)),
      element("td", null, canCompare && box));
  }

  container.append(element("div", { class: "bar-head" }, element("h1", null, "Reports"), counted));
  if (fresh.reports.length === 0) {
    container.append(element("section", { class: "card empty" },
      element("h2", null, "No report here yet"),
      element("p", null, "A report is what ", element("code", null, "tacho run MODEL"), ", ", element("code", null, "profile"), ", ",
        element("code", null, "load"), " and ", element("code", null, "trace"), " write."),
      fresh.has_activities && element("p", null, element("a", { href: "#/activities", class: "button" }, "Start an activity"))));
  } else {
    fill();
    container.append(
      element("div", { class: "reports-tools" }, search, compare),
      element("section", { class: "card scroll" }, element("table", { class: "reports-table" },
        element("thead", null, element("tr", null, ["Report", "Kind", "Model", "Engine"].map((name) => element("th", { scope: "col" }, name)),
          ["Launches", "Recorded", "Size"].map((name) => element("th", { scope: "col", class: "number" }, name)),
          element("th", { scope: "col" }, "Compare"))), body)));
  }
  // A folder may get new reports, and one may be recorded right now.
  if (!fresh.is_folder) return undefined;
  const timer = setInterval(async () => {
    try {
      const now = await api.json("reports");
      const before = fresh.reports.map((report) => report.id + report.revision + report.state).join();
      if (now.reports.map((report) => report.id + report.revision + report.state).join() === before) return;
      fresh.reports = now.reports;
      fill();
    } catch { /* The server is gone: what is shown stays. */ }
  }, 3000);
  return () => clearInterval(timer);
}
