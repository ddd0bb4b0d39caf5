// Wheel, pointer, touch and keys: what they mean for the timeline.

/**
 * @param {import("tacho/timeline/view.js").TimelineView} timeline
 */
export function attach(timeline) {
  const { plot, ruler } = timeline.nodes;
  wheel(timeline, plot, false);
  wheel(timeline, ruler, true);
  pointers(timeline, plot);
  rulerDrag(timeline, ruler);
  keys(timeline, plot);
}

function wheel(timeline, node, always) {
  node.addEventListener("wheel", (event) => {
    const unit = event.deltaMode === 1 ? 16 : event.deltaMode === 2 ? 400 : 1;
    const x = event.clientX - node.getBoundingClientRect().left;
    // Within a longer page the wheel stays the page's, unless there is something to scroll here.
    if (timeline.isInPage && !event.ctrlKey && !event.metaKey && !event.shiftKey && Math.abs(event.deltaY) > Math.abs(event.deltaX) && !timeline.canScroll) return;
    if (event.ctrlKey || event.metaKey || always || (!event.shiftKey && !timeline.canScroll && Math.abs(event.deltaY) > Math.abs(event.deltaX))) {
      event.preventDefault();
      timeline.zoom(Math.exp(event.deltaY * unit * (event.ctrlKey && Math.abs(event.deltaY) < 30 ? 0.01 : 0.002)), x);
    } else if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
      event.preventDefault();
      timeline.pan((event.deltaX || event.deltaY) * unit);
    } else {
      event.preventDefault();
      timeline.scroll(event.deltaY * unit);
    }
  }, { passive: false });
}

/** One pointer drags or draws a box, two zoom; a press without a move chooses. */
function pointers(timeline, node) {
  const down = new Map();
  let start = null;
  let pinch = null;
  const place = (event) => {
    const box = node.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };
  node.addEventListener("pointerdown", (event) => {
    if (event.button > 1) return;
    node.focus({ preventScroll: true });
    node.setPointerCapture(event.pointerId);
    down.set(event.pointerId, place(event));
    if (down.size === 1) {
      const isBox = event.shiftKey !== timeline.boxMode && event.button === 0;
      start = { ...place(event), last: place(event), isBox, moved: false };
    } else if (down.size === 2) {
      const [a, b] = [...down.values()];
      pinch = { distance: Math.abs(a.x - b.x), middle: (a.x + b.x) / 2 };
      start = null;
      timeline.endBox();
    }
  });
  node.addEventListener("pointermove", (event) => {
    const now = place(event);
    if (!down.has(event.pointerId)) {
      timeline.hover(now.x, now.y, event.clientX, event.clientY);
      return;
    }
    down.set(event.pointerId, now);
    if (pinch && down.size === 2) {
      const [a, b] = [...down.values()];
      const distance = Math.max(20, Math.abs(a.x - b.x));
      const middle = (a.x + b.x) / 2;
      // About where the fingers were, so that what was between them stays between them.
      timeline.zoom(Math.max(20, pinch.distance) / distance, pinch.middle);
      timeline.pan(pinch.middle - middle);
      pinch = { distance, middle };
      return;
    }
    if (!start) return;
    if (!start.moved && Math.hypot(now.x - start.x, now.y - start.y) < 4) return;
    if (!start.moved) timeline.leave();
    start.moved = true;
    if (start.isBox) {
      timeline.drawBox(start.x, start.y, now.x, now.y);
    } else {
      timeline.pan(start.last.x - now.x);
      timeline.scroll(start.last.y - now.y);
      node.classList.add("is-dragging");
    }
    start.last = now;
  });
  const end = (event) => {
    if (!down.delete(event.pointerId)) return;
    node.classList.remove("is-dragging");
    if (down.size < 2) pinch = null;
    if (down.size === 1 && !start) {
      // The finger that stays after a pinch goes on moving.
      const rest = [...down.values()][0];
      start = { ...rest, last: rest, isBox: false, moved: true };
      return;
    }
    if (!start) return;
    const { isBox, moved } = start;
    start = null;
    if (event.type === "pointercancel") return;
    if (!moved) timeline.choose(place(event).x, place(event).y);
    else if (isBox) timeline.takeBox();
  };
  node.addEventListener("pointerup", end);
  node.addEventListener("pointercancel", end);
  node.addEventListener("pointerleave", () => timeline.leave());
  node.addEventListener("dblclick", (event) => timeline.zoomInto(place(event).x, place(event).y));
}

/** A drag on the axis chooses a stretch of time of all tracks. */
function rulerDrag(timeline, node) {
  let from = null;
  const x = (event) => event.clientX - node.getBoundingClientRect().left;
  node.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    node.setPointerCapture(event.pointerId);
    from = x(event);
  });
  node.addEventListener("pointermove", (event) => {
    if (from !== null && Math.abs(x(event) - from) > 3) timeline.drawBox(from, null, x(event), null);
  });
  node.addEventListener("pointerup", (event) => {
    if (from === null) return;
    if (Math.abs(x(event) - from) > 3) timeline.takeBox();
    else timeline.clickAxis(x(event));
    from = null;
  });
  node.addEventListener("pointercancel", () => { from = null; });
}

/** Keys of the picture; `docs/page-timeline.md` and the help list them. */
const commands = {
  w: (timeline) => timeline.zoom(0.7),
  s: (timeline) => timeline.zoom(1 / 0.7),
  a: (timeline) => timeline.pan(-timeline.width * 0.15),
  d: (timeline) => timeline.pan(timeline.width * 0.15),
  "+": (timeline) => timeline.zoom(0.7),
  "=": (timeline) => timeline.zoom(0.7),
  "-": (timeline) => timeline.zoom(1 / 0.7),
  ArrowLeft: (timeline, event) => timeline.step(-1, event.shiftKey),
  ArrowRight: (timeline, event) => timeline.step(1, event.shiftKey),
  ArrowUp: (timeline) => timeline.stepRow(-1),
  ArrowDown: (timeline) => timeline.stepRow(1),
  PageUp: (timeline) => timeline.scroll(-timeline.height * 0.8),
  PageDown: (timeline) => timeline.scroll(timeline.height * 0.8),
  Home: (timeline) => timeline.showAll(),
  "0": (timeline) => timeline.showAll(),
  f: (timeline) => timeline.showChosen(),
  Enter: (timeline) => timeline.showChosen(),
  "[": (timeline) => timeline.boxEdge(true),
  "]": (timeline) => timeline.boxEdge(false),
  p: (timeline) => timeline.pinChosen(),
  " ": (timeline) => timeline.foldChosen(),
  m: (timeline) => timeline.addBookmark(),
  n: (timeline) => timeline.findNext(false),
  N: (timeline) => timeline.findNext(true),
  "/": (timeline) => timeline.nodes.search.focus(),
  "?": (timeline) => timeline.panel.showHelp(),
  Escape: (timeline) => timeline.clear(),
};

function keys(timeline, node) {
  node.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const command = commands[event.key] ?? commands[event.key.toLowerCase()];
    if (!command) return;
    event.preventDefault();
    command(timeline, event);
  });
}
