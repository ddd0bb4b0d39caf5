/**
 * The graph to draw: nodes and edges of a model (or of what the engine made of it), joined with the layers that were
 * timed. Knows nothing of places on the screen.
 */

/**
 * @typedef {object} GraphNode
 * @property {number} index
 * @property {"node" | "input" | "output"} role
 * @property {string} name Unique among nodes.
 * @property {string} type The operator; of inputs and outputs of the model the element type.
 * @property {string[]} path
 * @property {string[]} inputs
 * @property {string[]} outputs
 * @property {Record<string, string>} attributes
 * @property {any} [layer] The layer of the profile that computes it.
 * @property {string} [eliminated] Why no layer does.
 * @property {GraphEdge[]} before Edges to it.
 * @property {GraphEdge[]} after Edges from it.
 * @property {number} x Of its middle.
 * @property {number} y
 * @property {number} width
 * @property {number} height
 */

/**
 * @typedef {object} GraphEdge
 * @property {GraphNode} from
 * @property {GraphNode} to
 * @property {string} value Name of the value that is passed; empty from a node to its body.
 * @property {any} [serves] The layer that the engine added for this value.
 * @property {{x: number, y: number}[]} [points]
 * @property {boolean} [isFar] Spans so many ranks that it is drawn apart from the layout.
 */

/**
 * @param {any} model The document tacho.model/1.
 * @param {any} [profile] The document tacho.profile/1.
 * @param {"model" | "engine"} which
 */
export function buildGraph(model, profile, which) {
  const isEngine = which === "engine";
  const given = isEngine ? model.engine_nodes : model.nodes;
  const layerOf = isEngine ? layersByName(profile) : layersBySource(profile);
  const eliminated = new Map((profile?.eliminated_nodes ?? []).map((node) => [node.name, node.reason]));
  /** @type {GraphNode[]} */
  const nodes = [];
  const values = new Map();
  for (const value of isEngine ? [] : model.values) values.set(key(value.path, value.name), value);

  const add = (node) => {
    const whole = { role: "node", path: [], attributes: {}, before: [], after: [], x: 0, y: 0, width: 0, height: 0, ...node };
    whole.index = nodes.length;
    nodes.push(whole);
    return whole;
  };
  // Constants are part of the nodes that use them, as weights are.
  const constants = new Set();
  const producers = new Map();
  let hidden = 0;
  for (const node of given) {
    if (node.type === "Constant" && !node.inputs.some(Boolean)) {
      for (const output of node.outputs) constants.add(key(node.path, output));
      hidden += 1;
      continue;
    }
    const name = node.name || node.outputs.find(Boolean) || `${node.type} ${nodes.length}`;
    const drawn = add({
      name, type: node.type, path: node.path, inputs: node.inputs, outputs: node.outputs,
      attributes: node.attributes, layer: layerOf(node), eliminated: isEngine ? undefined : eliminated.get(node.name),
    });
    for (const output of node.outputs) if (output) producers.set(key(node.path, output), drawn);
  }

  const edges = connect(nodes, producers);
  if (!isEngine) addEnds(model.values, add, edges, nodes, producers);
  else addOpenEnds(add, edges, nodes, producers);
  for (const edge of edges) {
    edge.from.after.push(edge);
    edge.to.before.push(edge);
  }
  // In the engine's own graph these layers are nodes.
  if (!isEngine) markServed(edges, profile);
  return { nodes, edges, values, hidden, groups: groupsOf(nodes), shapeOf: shapes(nodes, values), queries: profile?.queries ?? 0 };
}

const key = (path, name) => `${path.join("/")}\n${name}`;

/** What a value means inside a body: its own, or that of a graph around it. */
function lookUp(map, path, name) {
  for (let depth = path.length; depth >= 0; depth -= 1) {
    const found = map.get(key(path.slice(0, depth), name));
    if (found !== undefined) return found;
  }
  return undefined;
}

function connect(nodes, producers) {
  const edges = [];
  for (const node of nodes) {
    const seen = new Set();
    for (const input of node.inputs) {
      const from = input && lookUp(producers, node.path, input);
      if (!from || from === node || seen.has(from)) continue;
      seen.add(from);
      edges.push({ from, to: node, value: input });
    }
  }
  // A body hangs on its If, Loop or Scan where nothing else holds it.
  for (const owner of nodes.filter((node) => bodied.has(node.type))) {
    const inside = nodes.filter((node) => node.path.length === owner.path.length + 1 && isBodyOf(node, owner));
    const fed = new Set(edges.map((edge) => edge.to));
    for (const node of inside) if (!fed.has(node)) edges.push({ from: owner, to: node, value: "" });
  }
  return edges;
}

const bodied = new Set(["If", "Loop", "Scan"]);

function isBodyOf(node, owner) {
  const local = owner.name.split("/").at(-1);
  return node.path.at(-1).startsWith(`${local}.`)
    && owner.path.every((part, depth) => part === node.path[depth]);
}

/** The model's inputs and outputs as nodes of their own. */
function addEnds(values, add, edges, nodes, producers) {
  const body = [...nodes];
  for (const value of values) {
    if (value.path.length) continue;
    if (value.role === "input") {
      const end = add({ role: "input", name: value.name, type: value.element_type ?? "", inputs: [], outputs: [value.name] });
      for (const node of body) {
        if (node.inputs.includes(value.name)) edges.push({ from: end, to: node, value: value.name });
      }
    } else if (value.role === "output") {
      const from = producers.get(key([], value.name));
      const end = add({ role: "output", name: value.name, type: value.element_type ?? "", inputs: [value.name], outputs: [] });
      if (from) edges.push({ from, to: end, value: value.name });
    }
  }
}

/** The engine's graph names no inputs and outputs: its outputs are what nobody uses. */
function addOpenEnds(add, edges, nodes, producers) {
  const used = new Set(nodes.flatMap((node) => node.inputs));
  for (const node of [...nodes]) {
    if (node.path.length) continue;
    for (const output of node.outputs) {
      if (!output || used.has(output)) continue;
      edges.push({ from: node, to: add({ role: "output", name: output, type: "", inputs: [output], outputs: [] }), value: output });
    }
  }
}

function layersBySource(profile) {
  const map = new Map();
  for (const layer of profile?.layers ?? []) for (const name of layer.source_nodes) map.set(name, layer);
  return (node) => map.get(node.name);
}

function layersByName(profile) {
  const map = new Map();
  for (const layer of profile?.layers ?? []) map.set(key(layer.path, layer.name), layer);
  return (node) => map.get(key(node.path, node.name));
}

/** Edges whose value the engine converts, copies or lays out anew: with the layer that does. */
function markServed(edges, profile) {
  const served = new Map();
  for (const layer of profile?.layers ?? []) if (layer.serves) served.set(layer.serves, layer);
  for (const edge of edges) edge.serves = served.get(edge.value);
}

/** Nodes that one layer computes together: two or more. */
function groupsOf(nodes) {
  const byLayer = new Map();
  for (const node of nodes) {
    if (!node.layer) continue;
    if (!byLayer.has(node.layer)) byLayer.set(node.layer, []);
    byLayer.get(node.layer).push(node);
  }
  return [...byLayer.values()].filter((group) => group.length > 1);
}

/** Shapes as text: as the layers had them, else as the model declares them. */
function shapes(nodes, values) {
  const measured = new Map();
  for (const node of nodes) {
    const layer = node.layer;
    if (!layer || layer.source_nodes.at(-1) !== node.name) continue;
    node.outputs.forEach((output, index) => {
      if (output && layer.dimensions[index]) measured.set(key(node.path, output), layer.dimensions[index]);
    });
  }
  return (node, name) => {
    const declared = lookUp(values, node.path, name);
    const sizes = lookUp(measured, node.path, name) ?? declared?.dimensions;
    const type = declared?.element_type;
    if (!sizes) return type ?? "";
    return [type, sizes.length ? sizes.join("x") : "scalar"].filter(Boolean).join(" ");
  };
}

/**
 * Nodes that a search finds: name, operator, value or layer, in the model's order.
 * @param {GraphNode[]} nodes
 * @param {string} text
 */
export function findNodes(nodes, text) {
  const wanted = text.trim().toLowerCase();
  if (!wanted) return [];
  const has = (candidate) => candidate.toLowerCase().includes(wanted);
  return nodes.filter((node) =>
    has(node.name) || has(node.type) || node.outputs.some(has) || (node.layer && has(node.layer.name)));
}

/**
 * All nodes that feed a node, or that it feeds.
 * @param {GraphNode} start
 * @param {"before" | "after"} direction
 * @returns {Set<GraphNode>}
 */
export function reach(start, direction) {
  const seen = new Set([start]);
  const queue = [start];
  while (queue.length) {
    for (const edge of queue.pop()[direction]) {
      const next = direction === "before" ? edge.from : edge.to;
      if (!seen.has(next)) { seen.add(next); queue.push(next); }
    }
  }
  return seen;
}
