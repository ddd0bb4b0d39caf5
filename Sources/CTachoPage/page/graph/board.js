/** The canvas of the graph: pan, zoom, pick and walk from node to node with mouse, touch and keyboard. */
import { element } from "tacho/dom.js";
import { themeOf } from "tacho/graph/colours.js";
import { draw } from "tacho/graph/draw.js";

const [smallest, greatest] = [0.01, 3];

/**
 * @param {{label: string, onPick: (node: any) => void, describe: (node: any) => string}} options
 */
export function board({ label, onPick, describe }) {
  const canvas = element("canvas", {
    class: "graph-canvas", tabindex: "0", role: "application", "aria-label": label, "aria-roledescription": "graph",
  });
  const tip = element("div", { class: "chart-tip" });
  tip.hidden = true;
  const said = element("p", { class: "visually-hidden", "aria-live": "polite" });
  const node = element("div", { class: "graph-board" }, canvas, tip, said);
  const pen = canvas.getContext("2d", { alpha: false });
  const view = { x: 0, y: 0, scale: 1, width: 0, height: 0, ratio: 1 };
  const picture = { graph: undefined, view, colours: undefined, theme: themeOf(document.body) };
  let frame = 0;

  function redraw() {
    frame ||= requestAnimationFrame(() => {
      frame = 0;
      if (picture.graph && picture.colours && view.width) draw(pen, picture);
    });
  }

  function resize() {
    const box = canvas.getBoundingClientRect();
    const ratio = window.devicePixelRatio || 1;
    const middle = { x: view.x + view.width / view.scale / 2, y: view.y + view.height / view.scale / 2 };
    const wasEmpty = !view.width;
    Object.assign(view, { width: box.width, height: box.height, ratio });
    canvas.width = Math.round(box.width * ratio);
    canvas.height = Math.round(box.height * ratio);
    if (!wasEmpty) Object.assign(view, { x: middle.x - view.width / view.scale / 2, y: middle.y - view.height / view.scale / 2 });
    redraw();
  }

  function bounds() {
    const { nodes } = picture.graph;
    const box = { left: Infinity, top: Infinity, right: -Infinity, bottom: -Infinity };
    for (const each of nodes) {
      box.left = Math.min(box.left, each.x - each.width / 2);
      box.right = Math.max(box.right, each.x + each.width / 2);
      box.top = Math.min(box.top, each.y - each.height / 2);
      box.bottom = Math.max(box.bottom, each.y + each.height / 2);
    }
    return box;
  }

  function fit() {
    if (!picture.graph?.nodes.length || !view.width) return;
    const box = bounds();
    view.scale = Math.max(smallest, Math.min(1, (view.width - 40) / (box.right - box.left), (view.height - 40) / (box.bottom - box.top)));
    view.x = (box.left + box.right) / 2 - view.width / view.scale / 2;
    view.y = (box.top + box.bottom) / 2 - view.height / view.scale / 2;
    redraw();
  }

  /** As wide as the graph, from its beginning: deep graphs are unreadable as a whole. */
  function begin() {
    const box = bounds();
    view.scale = Math.max(0.5, Math.min(1, (view.width - 40) / (box.right - box.left)));
    const first = picture.graph.nodes.reduce((a, b) => (b.y < a.y ? b : a));
    view.x = (box.right - box.left) * view.scale < view.width ? (box.left + box.right) / 2 - view.width / view.scale / 2
      : first.x - view.width / view.scale / 2;
    view.y = box.top - 20 / view.scale;
    redraw();
  }

  function zoom(factor, at = { x: view.width / 2, y: view.height / 2 }) {
    const scale = Math.max(smallest, Math.min(greatest, view.scale * factor));
    view.x += at.x / view.scale - at.x / scale;
    view.y += at.y / view.scale - at.y / scale;
    view.scale = scale;
    redraw();
  }

  function centre(target, scale = Math.max(view.scale, 0.7)) {
    view.scale = scale;
    view.x = target.x - view.width / scale / 2;
    view.y = target.y - view.height / scale / 2;
    redraw();
  }

  /** Moves no further than needed. */
  function reveal(target) {
    if (view.scale < 0.3) return centre(target, 0.7);
    const [margin, left, top] = [60 / view.scale, target.x - view.x, target.y - view.y];
    const [width, height] = [view.width / view.scale, view.height / view.scale];
    if (left < margin || left > width - margin) view.x = target.x - width / 2;
    if (top < margin || top > height - margin) view.y = target.y - height / 2;
    redraw();
  }

  function nodeAt(x, y) {
    if (!picture.graph) return undefined;
    const at = { x: view.x + x / view.scale, y: view.y + y / view.scale };
    const slack = 3 / view.scale;
    return picture.graph.nodes.findLast((each) =>
      Math.abs(each.x - at.x) <= each.width / 2 + slack && Math.abs(each.y - at.y) <= each.height / 2 + slack);
  }

  function pick(target) {
    picture.selected = target;
    said.textContent = target ? describe(target) : "";
    redraw();
    onPick(target);
  }

  pointers();
  keys();
  new ResizeObserver(resize).observe(canvas);

  function pointers() {
    const down = new Map();
    let moved = 0;
    const place = (event) => ({ x: event.offsetX, y: event.offsetY });
    canvas.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      canvas.setPointerCapture(event.pointerId);
      down.set(event.pointerId, place(event));
      if (down.size === 1) moved = 0;
    });
    canvas.addEventListener("pointermove", (event) => {
      const before = down.get(event.pointerId);
      if (!before) return hover(event);
      const here = place(event);
      const others = [...down].filter(([id]) => id !== event.pointerId).map(([, at]) => at);
      moved += Math.abs(here.x - before.x) + Math.abs(here.y - before.y);
      if (others.length) {
        const [other] = others;
        const span = (point) => Math.hypot(point.x - other.x, point.y - other.y) || 1;
        zoom(span(here) / span(before), { x: (here.x + other.x) / 2, y: (here.y + other.y) / 2 });
      } else if (moved > 3) {
        view.x -= (here.x - before.x) / view.scale;
        view.y -= (here.y - before.y) / view.scale;
        canvas.classList.add("is-dragged");
        redraw();
      }
      down.set(event.pointerId, here);
    });
    const up = (event) => {
      if (!down.delete(event.pointerId)) return;
      canvas.classList.remove("is-dragged");
      if (event.type === "pointerup" && moved <= 3 && down.size === 0) pick(nodeAt(event.offsetX, event.offsetY));
    };
    canvas.addEventListener("pointerup", up);
    canvas.addEventListener("pointercancel", up);
    canvas.addEventListener("pointerleave", () => { tip.hidden = true; picture.hovered = undefined; redraw(); });
    canvas.addEventListener("dblclick", (event) => {
      const target = nodeAt(event.offsetX, event.offsetY);
      if (target) centre(target, 1);
    });
    canvas.addEventListener("wheel", (event) => {
      event.preventDefault();
      const unit = event.deltaMode === 1 ? 16 : 1;
      if (event.shiftKey) view.x += (event.deltaY * unit) / view.scale;
      else zoom(Math.exp(-event.deltaY * unit * (event.ctrlKey ? 0.01 : 0.0016)), { x: event.offsetX, y: event.offsetY });
      redraw();
    }, { passive: false });
  }

  function hover(event) {
    const target = nodeAt(event.offsetX, event.offsetY);
    if (target !== picture.hovered) { picture.hovered = target; redraw(); }
    canvas.classList.toggle("is-over", Boolean(target));
    tip.hidden = !target;
    if (!target) return;
    tip.textContent = describe(target);
    tip.style.left = `${Math.max(0, Math.min(event.offsetX + 14, view.width - tip.offsetWidth - 4))}px`;
    tip.style.top = `${Math.min(event.offsetY + 16, view.height - tip.offsetHeight - 4)}px`;
  }

  function keys() {
    canvas.addEventListener("keydown", (event) => {
      if (!picture.graph || event.ctrlKey || event.metaKey || event.altKey) return;
      const pan = { w: [0, -1], s: [0, 1], a: [-1, 0], d: [1, 0] }[event.key.toLowerCase()];
      if (event.key.startsWith("Arrow")) walk(event.key);
      else if (pan) {
        view.x += (pan[0] * 80) / view.scale;
        view.y += (pan[1] * 80) / view.scale;
        redraw();
      } else if (event.key === "+" || event.key === "=") zoom(1.25);
      else if (event.key === "-") zoom(0.8);
      else if (event.key === "0") fit();
      else if (event.key === "Home" && picture.graph.nodes.length) { const first = picture.graph.nodes[0]; pick(first); centre(first); }
      else if (event.key === "Escape") pick(undefined);
      else return;
      event.preventDefault();
    });
  }

  /** Up and down along the edges, left and right among nodes of one rank. */
  function walk(key) {
    const { nodes } = picture.graph;
    const from = picture.selected;
    if (!from) { if (nodes.length) { pick(nodes[0]); reveal(nodes[0]); } return; }
    const nearest = (candidates) => candidates.reduce((best, each) =>
      (best === undefined || Math.abs(each.x - from.x) < Math.abs(best.x - from.x) ? each : best), undefined);
    let next;
    if (key === "ArrowDown") next = nearest(from.after.map((edge) => edge.to));
    else if (key === "ArrowUp") next = nearest(from.before.map((edge) => edge.from));
    else {
      const sign = key === "ArrowRight" ? 1 : -1;
      next = nearest(nodes.filter((each) => Math.abs(each.y - from.y) < 20 && sign * (each.x - from.x) > 1));
    }
    if (next) { pick(next); reveal(next); }
  }

  return {
    node, fit, begin, zoom, centre, reveal,
    show(graph) { Object.assign(picture, { graph, selected: undefined, hovered: undefined, marked: undefined, found: undefined }); redraw(); },
    set(changes) { Object.assign(picture, changes); redraw(); },
    select(target) { picture.selected = target; said.textContent = target ? describe(target) : ""; redraw(); },
    theme() { picture.theme = themeOf(document.body); return picture.theme; },
  };
}
