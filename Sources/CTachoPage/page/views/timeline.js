// The timeline of a report: tracks of slices over time, from the whole to nanoseconds.
import { element, replace } from "tacho/dom.js";
import { timelineOf } from "tacho/timeline/source.js";
import { TimelineView } from "tacho/timeline/view.js";

export async function show(container, context) {
  replace(container, element("p", { class: "waiting" }, "Reading the timeline …"));
  const source = timelineOf(context.api, context.report.id);
  const data = await source.overview();
  if (data.slices === 0 && !data.tracks.some((track) => track.count > 0)) {
    replace(container, element("p", { class: "waiting" }, "Nothing in this report has a place in time yet."));
    return undefined;
  }
  const view = new TimelineView(container, context, source, data);
  // Benchmarks and tests ask it what it drew.
  container.timeline = view;
  return () => view.close();
}
