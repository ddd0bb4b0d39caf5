/** Draws a laid out graph on a canvas: less of it the smaller it is. */
import { shortType } from "tacho/graph/layout.js";

/** Scales below which texts, round corners and arrows are left out. */
const [textScale, lineScale] = [0.42, 0.12];

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {object} picture
 * @param {any} picture.graph
 * @param {{x: number, y: number, scale: number, width: number, height: number, ratio: number}} picture.view
 *        Graph point at the canvas's corner, pixels a unit, size in CSS pixels, device pixels a CSS pixel.
 * @param {any} picture.colours From colouring().
 * @param {any} picture.theme
 * @param {any} [picture.selected] The node.
 * @param {Set<any>} [picture.marked] Nodes that stand out; others fade.
 * @param {Set<any>} [picture.found] Nodes that a search found.
 */
export function draw(pen, { graph, view, colours, theme, selected, marked, found, hovered }) {
  const { x, y, scale, width, height, ratio } = view;
  pen.setTransform(1, 0, 0, 1, 0, 0);
  pen.fillStyle = theme["chart-page"];
  pen.fillRect(0, 0, width * ratio, height * ratio);
  pen.setTransform(scale * ratio, 0, 0, scale * ratio, -x * scale * ratio, -y * scale * ratio);
  const seen = { left: x - 20, top: y - 20, right: x + width / scale + 20, bottom: y + height / scale + 20 };
  const isSeen = (node) =>
    node.x + node.width / 2 > seen.left && node.x - node.width / 2 < seen.right
    && node.y + node.height / 2 > seen.top && node.y - node.height / 2 < seen.bottom;
  const nodes = graph.nodes.filter(isSeen);
  if (scale > lineScale) drawGroups(pen, graph.groups, theme, isSeen, scale);
  drawEdges(pen, graph.edges, seen, theme, scale, { selected, marked });
  drawNodes(pen, nodes, { colours, theme, scale, selected, marked, found, hovered });
}

/** A line around nodes that run as one layer: drawn thick, then thinner in the page's colour over it. */
function drawGroups(pen, groups, theme, isSeen, scale) {
  const near = groups.filter((group) => group.some(isSeen));
  const line = Math.max(1.6, 1.2 / scale);
  pen.lineCap = pen.lineJoin = "round";
  for (const [grow, colour, alpha] of [[8 + line, theme["chart-axis"], 1], [8, theme["chart-page"], 1], [8, theme["chart-axis"], 0.13]]) {
    pen.globalAlpha = alpha;
    pen.fillStyle = pen.strokeStyle = colour;
    // One path for all: a half-transparent fill must not add up where shapes overlap.
    const boxes = new Path2D();
    const joints = new Path2D();
    for (const group of near) {
      const inside = new Set(group);
      for (const node of group) {
        boxes.roundRect(node.x - node.width / 2 - grow, node.y - node.height / 2 - grow, node.width + 2 * grow, node.height + 2 * grow, 8);
        for (const edge of node.after) if (inside.has(edge.to)) trace(joints, edge);
      }
    }
    if (alpha === 1) {
      pen.lineWidth = 12 + 2 * (grow - 8);
      pen.stroke(joints);
    }
    pen.fill(boxes, "nonzero");
  }
  pen.globalAlpha = 1;
}

function trace(path, { points }) {
  if (!points?.length) return;
  path.moveTo(points[0].x, points[0].y);
  if (points.length === 2) { path.lineTo(points[1].x, points[1].y); return; }
  for (let index = 1; index < points.length - 1; index += 1) {
    const [here, next] = [points[index], points[index + 1]];
    const isLast = index === points.length - 2;
    path.quadraticCurveTo(here.x, here.y, isLast ? next.x : (here.x + next.x) / 2, isLast ? next.y : (here.y + next.y) / 2);
  }
}

function drawEdges(pen, edges, seen, theme, scale, { selected, marked }) {
  const plain = new Path2D();
  const faded = new Path2D();
  const served = new Path2D();
  const chosen = new Path2D();
  const heads = [];
  for (const edge of edges) {
    const { from, to, points } = edge;
    if (!points) continue;
    const isOut = Math.max(from.y, to.y) < seen.top || Math.min(from.y, to.y) > seen.bottom;
    if (isOut) continue;
    const isChosen = selected && (from === selected || to === selected);
    const isFaded = marked && !(marked.has(from) && marked.has(to));
    const path = isChosen ? chosen : edge.serves ? served : isFaded || edge.isFar ? faded : plain;
    trace(path, edge);
    if (scale > textScale && !isFaded) heads.push([edge, isChosen ? theme["chart-text"] : edge.serves ? theme.blue : theme["chart-axis"]]);
  }
  const thin = Math.max(1, 0.8 / scale);
  pen.lineCap = "butt";
  for (const [path, colour, line, alpha] of [[faded, theme["chart-axis"], thin, 0.35], [plain, theme["chart-axis"], thin, 1],
    [served, theme.blue, 3 * thin, 1], [chosen, theme["chart-text"], 2 * thin, 1]]) {
    pen.globalAlpha = alpha;
    pen.strokeStyle = colour;
    pen.lineWidth = line;
    pen.stroke(path);
  }
  pen.globalAlpha = 1;
  for (const [edge, colour] of heads) arrow(pen, edge.points, colour);
}

function arrow(pen, points, colour) {
  const [before, tip] = points.slice(-2);
  const angle = Math.atan2(tip.y - before.y, tip.x - before.x);
  pen.fillStyle = colour;
  pen.beginPath();
  pen.moveTo(tip.x, tip.y);
  for (const side of [-0.4, 0.4]) pen.lineTo(tip.x - 8 * Math.cos(angle + side), tip.y - 8 * Math.sin(angle + side));
  pen.fill();
}

function drawNodes(pen, nodes, { colours, theme, scale, selected, marked, found, hovered }) {
  const hasText = scale > textScale;
  pen.font = "13px system-ui, sans-serif";
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  for (const node of nodes) {
    const { width, height } = node;
    const [left, top] = [node.x - width / 2, node.y - height / 2];
    pen.globalAlpha = marked && !marked.has(node) && node !== selected ? 0.25 : 1;
    pen.fillStyle = node.role === "node" ? colours.fill(node) : theme["chart-grid"];
    pen.beginPath();
    if (scale > lineScale) pen.roundRect(left, top, width, height, node.role === "node" ? 5 : height / 2);
    else pen.rect(left, top, width, height);
    pen.fill();
    if (scale > lineScale) outline(pen, node, theme, scale);
    if (found?.has(node) || node === selected || node === hovered) halo(pen, node, theme, scale, node === selected);
    if (!hasText) continue;
    pen.fillStyle = node.role === "node" && node.layer ? colours.ink(node) : theme["chart-text"];
    pen.fillText(fitted(pen, node.role === "node" ? shortType(node.type) : node.name, width - 12), node.x, node.y + 0.5);
  }
  pen.globalAlpha = 1;
}

/** Nodes that no layer computes have a broken line. */
function outline(pen, node, theme, scale) {
  pen.setLineDash(node.eliminated ? [4, 3] : []);
  pen.strokeStyle = theme["chart-axis"];
  pen.lineWidth = Math.max(1, 0.7 / scale);
  pen.stroke();
  pen.setLineDash([]);
}

function halo(pen, node, theme, scale, isSelected) {
  const grow = 3 + 1.5 / scale;
  pen.strokeStyle = isSelected ? theme.vermilion : theme["chart-text"];
  pen.lineWidth = (isSelected ? 3 : 2) / Math.min(1, scale);
  pen.beginPath();
  pen.roundRect(node.x - node.width / 2 - grow, node.y - node.height / 2 - grow, node.width + 2 * grow, node.height + 2 * grow, 8);
  pen.stroke();
}

const widths = new Map();

/** A text cut to a width. */
function fitted(pen, text, room) {
  const known = `${room} ${text}`;
  if (!widths.has(known)) {
    let cut = text;
    while (cut.length > 3 && pen.measureText(cut).width > room) cut = `${cut.slice(0, -2).replace(/…$/, "")}…`;
    widths.set(known, cut);
  }
  return widths.get(known);
}
