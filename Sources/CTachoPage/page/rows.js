/** Which rows a table shows, and in which order: filters and sorting apart from any drawing. */

/**
 * @typedef {object} Column
 * @property {string} key
 * @property {string} name Header.
 * @property {string} [description] Of the header, for hover.
 * @property {(row: any) => (number | string | undefined)} value What the column is sorted by.
 * @property {(row: any) => string} [text] What a cell shows and what a filter reads; the value when left out.
 * @property {(row: any) => (Node | string)} [cell] Drawn in place of the text.
 * @property {(inner: any) => string} [inner] What a row inside another one shows; nothing when left out.
 * @property {boolean} [unfolds] Whether rows with others inside have the button here that shows them.
 * @property {(text: string) => (number | undefined)} [parse] Reads a number with its unit, for filters such as >100us.
 * @property {"left" | "right"} [align]
 * @property {string} [width] A track of CSS grid: "90px", "minmax(120px, 2fr)".
 */

export const textOf = (column, row) => column.text ? column.text(row) : String(column.value(row) ?? "");

/** `12`, `-1.5 %`. */
export const parseNumber = (text) => (/^\s*-?[\d.]+\s*%?\s*$/.test(text) ? parseFloat(text) : undefined);

/**
 * What a filter says as a test of rows; undefined for one that lets all through.
 *
 * `conv|gemm` is either, `!cast` is without, `"conv"` is exactly; of numbers also `>100us`, `<=5`, `10us..1ms`.
 * Case does not matter.
 * @param {Column} column
 * @param {string} filter
 * @returns {((row: any) => boolean) | undefined}
 */
function test(column, filter) {
  const wanted = filter.trim();
  if (!wanted) return undefined;
  return numeric(column, wanted) ?? textual(column, wanted);
}

function numeric(column, filter) {
  if (!column.parse) return undefined;
  const range = /^(.+)\.\.(.+)$/.exec(filter);
  if (range) {
    const [low, high] = [column.parse(range[1]), column.parse(range[2])];
    if (low === undefined || high === undefined) return undefined;
    return (row) => column.value(row) >= low && column.value(row) <= high;
  }
  const bound = /^(>=|<=|>|<|=)(.+)$/.exec(filter);
  const limit = bound ? column.parse(bound[2]) : undefined;
  if (limit === undefined) return undefined;
  switch (bound[1]) {
    case ">": return (row) => column.value(row) > limit;
    case ">=": return (row) => column.value(row) >= limit;
    case "<": return (row) => column.value(row) < limit;
    case "<=": return (row) => column.value(row) <= limit;
    default: return (row) => column.value(row) === limit;
  }
}

function textual(column, filter) {
  const isWithout = filter.startsWith("!") && filter.length > 1;
  const words = (isWithout ? filter.slice(1) : filter).toLowerCase().split("|").filter(Boolean);
  if (!words.length) return undefined;
  const exact = words.map((word) => (/^".*"$/.test(word) ? word.slice(1, -1) : undefined));
  return (row) => {
    const text = lower(column, row);
    return words.some((word, index) => exact[index] === undefined ? text.includes(word) : text === exact[index])
      !== isWithout;
  };
}

/** All columns of texts as one, a line each: numbers have filters of their own. The same object for the same columns, so that texts are kept. */
function whole(columns) {
  if (!wholes.has(columns)) {
    const texts = columns.filter((column) => !column.parse);
    wholes.set(columns, { key: "", name: "", text: (row) => texts.map((column) => textOf(column, row)).join("\n") });
  }
  return wholes.get(columns);
}

const wholes = new WeakMap();

/**
 * Makes the texts that filters read while nothing else is to be done, so that the first filter is as fast as the next.
 * @param {any[]} rows
 * @param {Column[]} columns
 */
export function prepare(rows, columns, from = 0) {
  const later = window.requestIdleCallback ?? ((work) => setTimeout(() => work({ timeRemaining: () => 4 }), 30));
  later((idle) => {
    let index = from;
    while (index < rows.length && idle.timeRemaining() > 1) lower(whole(columns), rows[index++]);
    if (index < rows.length) prepare(rows, columns, index);
  });
}

/** Texts of cells in small letters, made once a row and column. */
const lowered = new WeakMap();

function lower(column, row) {
  let texts = lowered.get(row);
  if (!texts) lowered.set(row, texts = new Map());
  let text = texts.get(column);
  if (text === undefined) texts.set(column, text = textOf(column, row).toLowerCase());
  return text;
}

/**
 * The rows that pass, in order.
 * @param {any[]} rows
 * @param {Column[]} columns
 * @param {Map<string, string>} filters By column; "" is a filter over all columns of texts.
 * @param {{key: string, descending: boolean} | undefined} order
 * @returns {any[]}
 */
export function arrange(rows, columns, filters, order) {
  const tests = columns.map((column) => test(column, filters.get(column.key) ?? "")).filter(Boolean);
  const everywhere = filters.get("")?.trim();
  if (everywhere) tests.push(textual(whole(columns), everywhere));
  const kept = tests.length ? rows.filter((row) => tests.every((passes) => passes(row))) : [...rows];
  const column = order && columns.find((each) => each.key === order.key);
  return column ? sorted(kept, column, order.descending) : kept;
}

/** Stable; rows without a value come last in both directions. */
function sorted(rows, column, descending) {
  const collator = new Intl.Collator("en", { numeric: true });
  const sign = descending ? -1 : 1;
  const keyed = rows.map((row) => [column.value(row), row]);
  keyed.sort(([a], [b]) => {
    if (a === undefined || b === undefined) return (a === undefined ? 1 : 0) - (b === undefined ? 1 : 0);
    return sign * (typeof a === "number" && typeof b === "number" ? a - b : collator.compare(String(a), String(b)));
  });
  return keyed.map(([, row]) => row);
}
