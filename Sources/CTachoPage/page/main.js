// The frame of the page: which view of which report the address asks for, the bar above it, and following a report
// that is still being recorded. The whole state is in the address, so that a view can be sent as a link.
import * as api from "tacho/api.js";
import { element, replace, failureCard } from "tacho/dom.js";
import { stateWords } from "tacho/format.js";

const titles = {
  reports: "Reports", overview: "Overview", timeline: "Timeline", layers: "Layers", network: "Network", model: "Model",
  memory: "Memory", load: "Load", compare: "Compare", activities: "Activities",
};
const bar = document.getElementById("bar");
const place = document.getElementById("view");
const notice = document.getElementById("notice");
const followEvery = 1500;

let list = { reports: [], is_folder: false, has_activities: false };
let shown = { key: "", view: null };
let following = 0;

/** `#/VIEW?report=ID&…` in its parts. */
function readAddress() {
  const [path, query = ""] = location.hash.replace(/^#\/?/, "").split("?");
  return { view: path || (list.reports.length === 1 && !list.is_folder ? "overview" : "reports"), state: new URLSearchParams(query) };
}

function writeAddress(view, state, replaces) {
  const query = state.toString();
  const hash = `#/${view}${query ? `?${query}` : ""}`;
  if (replaces) history.replaceState(null, "", hash);
  else location.hash = hash;
}

function changed(state, changes) {
  const next = new URLSearchParams(state);
  for (const [name, value] of Object.entries(changes)) {
    if (value === null || value === undefined || value === "") next.delete(name);
    else next.set(name, String(value));
  }
  return next;
}

async function render() {
  const key = location.hash;
  const { view, state } = readAddress();
  let report = null;
  clearTimeout(following);
  try {
    const id = state.get("report") ?? (list.reports.length === 1 ? list.reports[0].id : null);
    if (id && view !== "reports" && view !== "activities") {
      report = await card(id);
      // A folder's list may be older than the report: an activity has just made it.
      if (!api.isExported && !list.reports.some((known) => known.id === report.id)) await refreshList();
    }
  } catch (error) {
    drawBar(view, null);
    return fail(error);
  }
  if (location.hash !== key) return;
  const changesReport = shown.view !== view || shown.report !== report?.id;
  shown.close?.();
  shown = { key, view, report: report?.id, revision: report?.revision };
  drawBar(view, report);
  document.title = [report?.name, titles[view] ?? view, "Tachograph"].filter(Boolean).join(" · ");
  if (report?.failure) {
    replace(place, failureCard(report.failure));
    return;
  }
  const isView = Object.hasOwn(titles, view) && (view === "reports" || view === "compare" || view === "activities" || report?.views.includes(view));
  if (!isView) {
    replace(place, failureCard({
      input: `The view ${view}`,
      problem: Object.hasOwn(titles, view) ? (report ? "is not there for a report of this kind" : "needs a report") : "does not exist",
      next_step: "choose one of the tabs above",
    }));
    return;
  }
  const container = element("div", { class: `view view-${view}` });
  const context = {
    report, reports: list.reports, list, api, state,
    /** Changes the address without showing the view anew: for zoom, selection, filters. */
    setState(changes) {
      const now = readAddress();
      if (now.view !== view) return;
      writeAddress(view, changed(now.state, changes), true);
      shown.key = location.hash;
    },
    /** Goes to another view, of the same report unless told. */
    go(to, changes = {}) {
      const base = new URLSearchParams();
      if (report) base.set("report", report.id);
      writeAddress(to, changed(base, changes), false);
    },
    /** The address of another view, for links. */
    link(to, changes = {}) {
      const base = new URLSearchParams();
      if (report) base.set("report", report.id);
      return `#/${to}?${changed(base, changes)}`;
    },
    say,
    refreshList,
  };
  place.setAttribute("aria-busy", "true");
  const waiting = setTimeout(() => replace(place, element("p", { class: "waiting" }, "Reading the report …")), 250);
  try {
    const module = await import(`tacho/views/${view}.js`);
    const close = await module.show(container, context);
    if (shown.key !== location.hash && shown.view !== readAddress().view) return;
    clearTimeout(waiting);
    const scroll = changesReport ? 0 : document.scrollingElement.scrollTop;
    replace(place, container);
    // Views that measure their place drew before they had one.
    container.dispatchEvent(new CustomEvent("shown"));
    document.scrollingElement.scrollTop = scroll;
    if (typeof close === "function") shown.close = close;
  } catch (error) {
    clearTimeout(waiting);
    fail(error);
  } finally {
    place.removeAttribute("aria-busy");
  }
  if (report?.state === "recording") follow(report);
}

function fail(error) {
  if (error instanceof api.RequestFailure) replace(place, failureCard(error.failure));
  else {
    console.error(error);
    replace(place, failureCard({ input: "The page", problem: `has an error: ${error.message}`, next_step: "reload it; report this if it stays" }));
  }
}

async function card(id) {
  if (api.isExported) return list.reports.find((report) => report.id === id) ?? list.reports[0];
  return api.json(`reports/${encodeURIComponent(id)}/card`);
}

/** Shows a report that is being recorded anew whenever it has grown. */
function follow(report) {
  following = setTimeout(async () => {
    try {
      const now = await card(report.id);
      if (shown.report !== report.id) return;
      if (now.revision !== report.revision || now.state !== report.state) await render();
      else follow(report);
    } catch (error) {
      say(error.message);
    }
  }, followEvery);
}

function say(text) {
  notice.textContent = text;
  clearTimeout(say.timer);
  say.timer = setTimeout(() => { notice.textContent = ""; }, 4000);
}

// MARK: The bar

function drawBar(view, report) {
  // Tiles are computed by the server as they are needed: an exported file has none.
  const isThere = (name) => !(api.isExported && name === "timeline");
  const tabs = (report?.views ?? []).filter(isThere).map((name) => [name, `#/${name}?report=${encodeURIComponent(report.id)}`]);
  const isAlone = list.reports.length === 1 && !list.is_folder;
  const others = [
    !isAlone && ["reports", "#/reports"],
    list.reports.length > 1 && !api.isExported && ["compare", "#/compare"],
    list.has_activities && ["activities", "#/activities"],
  ].filter(Boolean);
  const tab = ([name, href]) => element("a", { href, class: "tab", "aria-current": name === view ? "page" : null }, titles[name]);
  replace(bar,
    element("a", { class: "brand", href: isAlone ? `#/overview?report=${encodeURIComponent(list.reports[0].id)}` : "#/reports", title: "Tachograph" },
      element("span", { class: "brand-mark", "aria-hidden": "true" }), element("span", { class: "brand-name" }, "Tachograph")),
    others.length > 0 && element("nav", { "aria-label": "Reports", class: "tabs" }, others.map(tab)),
    report && element("div", { class: "subject" },
      list.reports.length > 1 ? chooser(view, report) : element("span", { class: "subject-name", title: report.path }, report.name),
      report.state !== "complete" && element("span", { class: `state state-${report.state}` }, stateWords(report.state))),
    tabs.length > 0 && element("nav", { "aria-label": "Views of the report", class: "tabs views" }, tabs.map(tab)),
    element("span", { class: "gap" }),
    themeSwitch());
  const notes = api.exportNotes;
  if (notes.length > 0) {
    bar.append(element("p", { class: "export-note" }, `This page is an exported file. ${notes.join(" ")}`));
  }
}

function chooser(view, report) {
  const select = element("select", {
    "aria-label": "Report", class: "subject-name",
    onchange: () => {
      const chosen = list.reports.find((other) => other.id === select.value);
      writeAddress(chosen?.views.includes(view) ? view : "overview", new URLSearchParams({ report: select.value }), false);
    },
  }, list.reports.map((other) => element("option", { value: other.id, selected: other.id === report.id }, other.path)));
  return select;
}

function themeSwitch() {
  const order = ["auto", "light", "dark"];
  const now = readTheme();
  const button = element("button", {
    type: "button", class: "quiet theme", "aria-label": `Theme: ${now}. Change`, title: "Theme: as the system, light, dark",
    onclick: () => {
      const next = order[(order.indexOf(readTheme()) + 1) % order.length];
      try { localStorage.setItem("tacho-theme", next); } catch { document.documentElement.dataset.kept = next; }
      applyTheme(next);
      button.textContent = `${themeSigns[next]} ${next}`;
      button.setAttribute("aria-label", `Theme: ${next}. Change`);
    },
  }, `${themeSigns[now]} ${now}`);
  return button;
}

const themeSigns = { auto: "◐", light: "○", dark: "●" };

function readTheme() {
  try { return localStorage.getItem("tacho-theme") ?? "auto"; } catch { return document.documentElement.dataset.kept ?? "auto"; }
}

/** Views that paint on a canvas hear of it by the event `themechange` on the document. */
function applyTheme(theme) {
  if (theme === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  document.dispatchEvent(new CustomEvent("themechange"));
}

async function refreshList() {
  list = await api.json("reports");
}

// MARK: Keyboard

/** Alt and a digit: the tabs. */
document.addEventListener("keydown", (event) => {
  if (!event.altKey || event.ctrlKey || event.metaKey || !/^[1-9]$/.test(event.key)) return;
  const tab = bar.querySelectorAll("a.tab")[Number(event.key) - 1];
  if (!tab) return;
  event.preventDefault();
  tab.click();
});

// Skipping to the view must not take the address's fragment from it.
document.querySelector(".skip").addEventListener("click", (event) => {
  event.preventDefault();
  place.focus();
});

window.addEventListener("hashchange", () => { if (location.hash !== shown.key) render(); });
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => document.dispatchEvent(new CustomEvent("themechange")));

applyTheme(readTheme());
try {
  await refreshList();
  await render();
} catch (error) {
  fail(error);
}
document.documentElement.dataset.ready = "yes";
