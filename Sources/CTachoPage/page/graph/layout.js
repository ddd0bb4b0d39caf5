/** Places of nodes and edges: sizes and long edges here, the rest by dagre in a worker. */

/** Edges over more ranks than this are drawn apart: each rank that an edge crosses costs dagre a node. */
const farthest = 24;

/** What the model view says where dagre is not there. */
const missingLayout = "The layout library dagre is not installed. Run Setup/setup, which unpacks it to .tacho/page/dagre.js, and load the page again.";

/**
 * Lays out a graph in place.
 * @param {{nodes: import("./graph.js").GraphNode[], edges: import("./graph.js").GraphEdge[]}} graph
 * @returns {Promise<number>} Milliseconds that it took.
 * @throws {Error} With `missingLayout` where dagre is not there.
 */
export async function layOut(graph) {
  const started = performance.now();
  for (const node of graph.nodes) {
    const label = node.role === "node" ? shortType(node.type) : node.name;
    node.width = Math.min(190, Math.max(64, 22 + label.length * 7.2));
    node.height = 30;
  }
  markFar(graph);
  const near = graph.edges.filter((edge) => !edge.isFar);
  const result = await inWorker({
    nodes: graph.nodes.map(({ index, width, height }) => ({ v: String(index), width, height })),
    edges: near.map(({ from, to }) => ({ v: String(from.index), w: String(to.index) })),
  });
  result.nodes.forEach(({ x, y }, index) => Object.assign(graph.nodes[index], { x, y }));
  result.edges.forEach(({ points }, index) => { near[index].points = points; });
  for (const edge of graph.edges) if (edge.isFar) edge.points = sideways(edge);
  return performance.now() - started;
}

/** @param {string} type Without the domain, which is the same for most. */
export function shortType(type) {
  return type.startsWith("com.microsoft.") ? type.slice("com.microsoft.".length) : type;
}

/** An edge that would cross many ranks; one edge of each node stays, so that nothing floats freely. */
function markFar({ nodes, edges }) {
  const rank = new Map(nodes.map((node) => [node, 0]));
  const open = new Map(nodes.map((node) => [node, node.before.length]));
  const queue = nodes.filter((node) => !node.before.length);
  for (const node of queue) {
    for (const { to } of node.after) {
      rank.set(to, Math.max(rank.get(to), rank.get(node) + 1));
      open.set(to, open.get(to) - 1);
      if (!open.get(to)) queue.push(to);
    }
  }
  const span = (edge) => rank.get(edge.to) - rank.get(edge.from);
  for (const edge of edges) edge.isFar = span(edge) > farthest;
  for (const node of nodes) {
    const all = [...node.before, ...node.after];
    if (!all.length || all.some((edge) => !edge.isFar)) continue;
    all.reduce((a, b) => (span(b) < span(a) ? b : a)).isFar = false;
  }
}

/** A curve beside the ranks between. */
function sideways({ from, to }) {
  const aside = Math.max(from.x + from.width, to.x + to.width) + 60;
  const [top, bottom] = [from.y + from.height / 2, to.y - to.height / 2];
  return [
    { x: from.x + from.width / 4, y: top }, { x: aside, y: top + 40 }, { x: aside, y: bottom - 40 },
    { x: to.x + to.width / 4, y: bottom },
  ];
}

async function inWorker(graph) {
  let worker;
  try {
    worker = new Worker(new URL("./layout-worker.js", import.meta.url), { type: "module" });
  } catch {
    return here(graph);
  }
  return new Promise((resolve, reject) => {
    worker.onmessage = ({ data }) => {
      worker.terminate();
      if (data.failure) reject(new Error(data.isMissing ? missingLayout : data.failure));
      else resolve(data);
    };
    // A file that was saved for reading without a server may start no workers.
    worker.onerror = (event) => {
      event.preventDefault();
      worker.terminate();
      here(graph).then(resolve, reject);
    };
    worker.postMessage(graph);
  });
}

async function here(graph) {
  let library;
  try {
    library = await import("tacho/lib/dagre.js");
  } catch {
    throw new Error(missingLayout);
  }
  library.layout(graph.nodes, graph.edges, options(graph), {});
  return graph;
}

/** @param {{nodes: unknown[]}} graph */
export function options({ nodes }) {
  return { nodesep: 22, ranksep: 30, ...(nodes.length > 4000 ? { ranker: "longest-path" } : {}) };
}
