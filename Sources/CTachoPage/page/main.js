// The frame of the page: which view of which report the address asks for, the bar above it, and following a report
// that is still being recorded. The whole state is in the address, so that a view can be sent as a link.
import * as api from "tacho/api.js";
import { element, errorCard, failureCard, keepReachable, replace } from "tacho/dom.js";
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
/** Counts what was asked to be shown: what waits for an answer sees whether it is still wanted. */
let turn = 0;
let shown = { turn, view: null };
/** The view and the report that the bar tells of. */
let told = null;
let following = 0;
let waiting = 0;

/** `#/VIEW?report=ID&…` in its parts. */
function readAddress() {
  const [path, query = ""] = location.hash.replace(/^#\/?/, "").split("?");
  return { view: path || (list.reports.length === 1 && !list.is_folder ? "overview" : "reports"), state: new URLSearchParams(query) };
}

function address(view, state) {
  const query = state.toString();
  return `#/${view}${query ? `?${query}` : ""}`;
}

function writeAddress(view, state, replaces) {
  if (replaces) history.replaceState(null, "", address(view, state));
  else location.hash = address(view, state);
}

function changed(state, changes) {
  const next = new URLSearchParams(state);
  for (const [name, value] of Object.entries(changes)) {
    if (value === null || value === undefined || value === "") next.delete(name);
    else next.set(name, String(value));
  }
  return next;
}

/** Shows what the address asks for. A later call takes the place of those that are still waiting for their answers. */
async function render() {
  const mine = turn += 1;
  const { view, state } = readAddress();
  let report = null;
  clearTimeout(following);
  clearTimeout(waiting);
  place.setAttribute("aria-busy", "true");
  try {
    const id = state.get("report") ?? (list.reports.length === 1 ? list.reports[0].id : null);
    if (id && view !== "reports" && view !== "activities") {
      report = await card(id);
      // A folder's list may be older than the report: an activity has just made it.
      if (!api.isExported && !list.reports.some((known) => known.id === report.id)) await refreshList();
    }
    if (mine === turn) await showView(view, report, mine);
  } catch (error) {
    if (mine !== turn) return;
    if (shown.turn !== mine) drawBar(view, report);
    fail(error);
  } finally {
    if (mine === turn) {
      clearTimeout(waiting);
      place.removeAttribute("aria-busy");
      if (report?.state === "recording") follow(report);
    }
  }
}

async function showView(view, report, mine) {
  // What the view that goes has changed meanwhile is in the address.
  const { state } = readAddress();
  const isSamePlace = shown.view === view && shown.report === report?.id;
  shown.close?.();
  shown = { turn: mine, view, report: report?.id };
  drawBar(view, report);
  document.title = [report?.name, titles[view] ?? view, "Tachograph"].filter(Boolean).join(" · ");
  if (report?.failure) {
    showFailure(failureCard(report.failure));
    return;
  }
  const isView = Object.hasOwn(titles, view) && (view === "reports" || view === "compare" || view === "activities" || report?.views.includes(view));
  if (!isView) {
    showFailure(failureCard({
      input: `The view ${view}`,
      problem: Object.hasOwn(titles, view) ? (report ? "is not there for a report of this kind" : "needs a report") : "does not exist",
      next_step: "choose one of the tabs above",
    }));
    return;
  }
  const container = element("div", { class: `view view-${view}` });
  const ofReport = (changes) => changed(new URLSearchParams(report ? { report: report.id } : {}), changes);
  const context = {
    report, reports: list.reports, list, api, state,
    /** Changes the address without showing the view anew: for zoom, selection, filters. */
    setState(changes) {
      const now = readAddress();
      // A view that is left must not write into the address of the next one.
      if (shown.turn !== mine || now.view !== view || now.state.get("report") !== state.get("report")) return;
      writeAddress(view, changed(now.state, changes), true);
    },
    /** Goes to another view, of the same report unless told. */
    go: (to, changes = {}) => writeAddress(to, ofReport(changes), false),
    /** The address of another view, for links. */
    link: (to, changes = {}) => address(to, ofReport(changes)),
    say,
    refreshList,
  };
  waiting = setTimeout(() => replace(place, element("p", { class: "waiting" }, "Reading the report …")), 250);
  const module = await import(`tacho/views/${view}.js`);
  const close = await module.show(container, context);
  if (mine !== turn) {
    close?.();
    return;
  }
  const scroll = isSamePlace ? document.scrollingElement.scrollTop : 0;
  replace(place, container);
  // Views that measure their place drew before they had one.
  container.dispatchEvent(new CustomEvent("shown"));
  document.scrollingElement.scrollTop = scroll;
  shown.close = close;
}

/** A failure in the place of a view. */
function showFailure(card) {
  replace(place, element("h1", { class: "visually-hidden" }, "This cannot be shown"), card);
}

function fail(error) {
  if (!(error instanceof api.RequestFailure)) console.error(error);
  showFailure(errorCard(error, "The page", "reload it; report this if it stays"));
}

async function card(id) {
  if (api.isExported) return list.reports.find((report) => report.id === id) ?? list.reports[0];
  return api.json(`reports/${encodeURIComponent(id)}/card`);
}

/** Shows a report that is being recorded anew whenever it has grown. */
function follow(report) {
  const mine = turn;
  following = setTimeout(async () => {
    try {
      const now = await card(report.id);
      if (mine !== turn) return;
      if (now.revision !== report.revision || now.state !== report.state) await render();
      else follow(report);
    } catch (error) {
      if (mine !== turn) return;
      say(`${error.message}: trying again`);
      follow(report);
    }
  }, followEvery);
}

function say(text) {
  notice.textContent = text;
  clearTimeout(say.timer);
  say.timer = setTimeout(() => { notice.textContent = ""; }, 4000);
}

// MARK: The bar

/** Tabs that there are beside those of a report. */
const others = () => [
  (list.reports.length !== 1 || list.is_folder) && ["reports", "#/reports"],
  list.reports.length > 1 && !api.isExported && ["compare", "#/compare"],
  list.has_activities && ["activities", "#/activities"],
].filter(Boolean);

function drawBar(view, report) {
  told = { view, report, tabs: String(others()) };
  const hrefOf = (name, { id }) => address(name, new URLSearchParams({ report: id }));
  const tabs = (report?.views ?? []).map((name) => [name, hrefOf(name, report)]);
  const isAlone = list.reports.length === 1 && !list.is_folder;
  const tab = ([name, href]) => element("a", { href, class: "tab", "aria-current": name === view ? "page" : null }, titles[name]);
  replace(bar,
    element("a", { class: "brand", href: isAlone ? hrefOf("overview", list.reports[0]) : "#/reports", title: "Tachograph" },
      element("span", { class: "brand-mark", "aria-hidden": "true" }), element("span", { class: "brand-name" }, "Tachograph")),
    others().length > 0 && element("nav", { "aria-label": "Reports", class: "tabs" }, others().map(tab)),
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

/** Draws it anew where a folder has got what the bar tells of; what had the focus has it again. */
function redrawBar() {
  const focused = bar.contains(document.activeElement) ? document.activeElement : null;
  const mark = focused?.getAttribute("href") ?? focused?.className;
  drawBar(told.view, told.report);
  if (focused) [...bar.querySelectorAll("a, button, select")].find((node) => (node.getAttribute("href") ?? node.className) === mark)?.focus();
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
  if (told && told.tabs !== String(others())) redrawBar();
  return list;
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

window.addEventListener("hashchange", render);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => document.dispatchEvent(new CustomEvent("themechange")));

applyTheme(readTheme());
keepReachable(place);
try {
  await refreshList();
  await render();
} catch (error) {
  fail(error);
}
document.documentElement.dataset.ready = "yes";
