// What the page asks the server. In a page that was exported to a file the same calls read what is written in it.

const inline = readInline();

/** Whether this is a file without a server behind it. */
export const isExported = inline !== null;

/** What the export left out, as sentences; empty in a served page. */
export const exportNotes = inline?.notes ?? [];

/** What a server said no to: `failure` has input, problem, expected, next_step. */
export class RequestFailure extends Error {
  /** @param {number} status @param {{input: string, problem: string, expected?: string, next_step?: string}} failure */
  constructor(status, failure) {
    super(`${failure.input}: ${failure.problem}`);
    this.status = status;
    this.failure = failure;
  }
}

/** @param {string} path Relative to the API: `reports/ID/run`. */
export async function json(path) {
  if (inline) return JSON.parse(new TextDecoder().decode(inlined(path)));
  return (await request(path)).json();
}

/** Whether an exported page holds the answer. */
export function holds(path) { return inline !== null && Object.hasOwn(inline.answers, path); }

/** @param {string} path @returns {Promise<ArrayBuffer>} */
export async function binary(path) {
  if (inline) return inlined(path).buffer;
  return (await request(path)).arrayBuffer();
}

/** @param {string} path @param {unknown} value An object is sent as JSON; a Blob as it is. */
export async function post(path, value) {
  return send("POST", path, value);
}

/** @param {string} path @param {unknown} value */
export async function put(path, value) {
  return send("PUT", path, value);
}

/** @param {string} path */
export async function remove(path) {
  return send("DELETE", path);
}

/** Server-sent events. @param {string} path @returns {EventSource} */
export function events(path) {
  return new EventSource(`api/${path}`);
}

async function send(method, path, value) {
  if (inline) throw new RequestFailure(0, unanswered(path));
  const isRaw = value instanceof Blob;
  const response = await request(path, {
    method,
    headers: value === undefined || isRaw ? {} : { "Content-Type": "application/json" },
    body: value === undefined || isRaw ? value : JSON.stringify(value),
  });
  const text = await response.text();
  return text ? JSON.parse(text) : null;
}

async function request(path, options) {
  let response;
  try {
    response = await fetch(`api/${path}`, { cache: "no-store", ...options });
  } catch {
    throw new RequestFailure(0, {
      input: "The server", problem: "does not answer: it was ended, or the connection is gone",
      next_step: "start it again with tacho open or tacho serve, and open the address that it prints",
    });
  }
  if (response.ok) return response;
  let failure = { input: path, problem: `could not be had: the server answers ${response.status}`, next_step: "reload the page" };
  try {
    failure = (await response.json()).failure ?? failure;
  } catch { /* The answer is no JSON: what stands above is all there is to say. */ }
  throw new RequestFailure(response.status, failure);
}

function readInline() {
  const node = document.getElementById("tacho-data");
  return node ? JSON.parse(node.textContent) : null;
}

function inlined(path) {
  const number = inline.answers[path];
  if (number === undefined) throw new RequestFailure(404, unanswered(path));
  const text = document.getElementById(`tacho-answer-${number}`).textContent;
  if (Uint8Array.fromBase64) return Uint8Array.fromBase64(text);
  const decoded = atob(text);
  const bytes = new Uint8Array(decoded.length);
  for (let index = 0; index < bytes.length; index++) bytes[index] = decoded.charCodeAt(index);
  return bytes;
}

function unanswered(path) {
  return {
    input: path, problem: "is not in this file, which was exported from a report",
    next_step: "open the report itself: tacho open REPORT",
  };
}
