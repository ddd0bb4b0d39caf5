/**
 * A table of thousands of rows: sort, filter, select by click, Shift, Ctrl, box and keyboard.
 *
 * Rows may have others inside, which a button or the right arrow shows below them: they stay there whatever the order is.
 * Only rows in sight are in the document. Filters and order are in rows.js.
 */
import { element, printable, replace } from "tacho/dom.js";
import { count } from "tacho/format.js";
import { arrange, prepare, textOf } from "tacho/rows.js";
import { selecting } from "tacho/selecting.js";

/** Rows that are drawn beyond what is seen, so that scrolling shows no gaps. */
const margin = 8;
let tables = 0;

/**
 * @param {object} options
 * @param {string} options.label Of the table, for assistive technology.
 * @param {any[]} options.rows Objects.
 * @param {import("./rows.js").Column[]} options.columns
 * @param {(row: any) => (string | number)} options.id
 * @param {{key: string, descending: boolean}} [options.order]
 * @param {Map<string, string>} [options.filters]
 * @param {Iterable<string | number>} [options.selection]
 * @param {(row: any) => string} [options.rowClass]
 * @param {(rows: any[]) => void} [options.onSelect] Selected rows, in the table's order.
 * @param {(row: any) => void} [options.onOpen] Enter and double click.
 * @param {(state: {order: object, filters: Map<string, string>}) => void} [options.onChange]
 * @param {string} [options.noun] What rows are: "layers".
 * @param {(row: any) => any[]} [options.inside] The rows inside a row, the same objects each time; `id` knows them too.
 * @param {string} [options.insideNoun] What those are: "kernels".
 * @param {Iterable<string | number>} [options.unfolded] Ids of rows whose insides are shown.
 * @param {(ids: (string | number)[]) => void} [options.onUnfold]
 */
export function table(options) {
  const { label, rows, columns, id, rowClass, onSelect, onOpen, onChange, noun = "rows", insideNoun = "rows inside", onUnfold } = options;
  const inside = options.inside ?? (() => []);
  const unfolded = new Set(options.unfolded);
  const prefix = `table${tables += 1}`;
  let order = options.order;
  const filters = new Map(options.filters);
  /** Rows that pass the filters, in order; and the same with what is shown inside of them. */
  let passing = [];
  let shown = [];
  /** Of rows inside others, the row that they are in. */
  const outer = new Map(rows.flatMap((row) => inside(row).map((each) => [each, row])));

  const search = element("input", { type: "search", placeholder: "Filter by any text", "aria-label": `Filter ${noun}` });
  search.value = filters.get("") ?? "";
  const counted = element("span", { class: "table-count", role: "status" });
  const tools = element("div", { class: "table-tools" }, search, counted);
  const names = element("div", { class: "table-names", role: "row", "aria-rowindex": "1" });
  const inputs = element("div", { class: "table-filters", role: "row", "aria-rowindex": "2" });
  const head = element("div", { class: "table-head", role: "rowgroup" }, names, inputs);
  const body = element("div", { class: "table-body", role: "rowgroup" });
  const empty = element("p", { class: "table-empty" }, `No ${noun} pass the filters.`);
  const grid = element("div", {
    class: "table", role: outer.size > 0 ? "treegrid" : "grid", tabindex: "0", "aria-label": label, "aria-multiselectable": "true",
    "aria-colcount": String(columns.length),
  }, head, body, empty);
  const widths = columns.map((column) => column.width ?? "minmax(80px, 1fr)");
  grid.style.setProperty("--columns", widths.join(" "));
  // Head and rows must come to the same widths: both are as wide as the least of all columns, or the frame.
  const least = widths.reduce((sum, width) => sum + parseFloat(/[\d.]+/.exec(width)?.[0] ?? "80"), 0);
  grid.style.setProperty("--whole", `${least}px`);
  const node = element("div", { class: "table-frame" }, tools, grid);

  for (const column of columns) {
    const arrow = element("span", { class: "table-arrow", "aria-hidden": "true" });
    const button = element("button", { type: "button", tabindex: "0", title: column.description ?? `Sort by ${column.name}` },
      column.name, arrow);
    button.addEventListener("click", () => sortBy(column));
    names.append(element("div", { role: "columnheader", class: column.align ?? "left", "data-key": column.key }, button));
    const input = element("input", {
      type: "text", "aria-label": `Filter ${column.name}`, placeholder: column.parse ? ">" : "filter", spellcheck: "false",
      title: column.parse ? "Such as >100us, <=5, 10us..1ms, or part of the text" : "Part of the text; conv|gemm is either, !cast is without",
    });
    input.value = filters.get(column.key) ?? "";
    input.addEventListener("input", () => filterBy(column.key, input.value));
    inputs.append(element("div", { role: "gridcell" }, input));
  }
  search.addEventListener("input", () => filterBy("", search.value));

  const choice = selecting({
    grid, body, id,
    rows: () => shown,
    rowHeight: () => rowHeight,
    top: () => head.offsetHeight,
    changed: () => { draw(true); tell(); },
    open: (row) => onOpen?.(row),
  });
  choice.set(options.selection ?? []);

  let rowHeight = 28;
  const drawn = new Map();

  function measure() {
    rowHeight = parseFloat(getComputedStyle(grid).getPropertyValue("--row")) || 28;
  }

  function draw(again = false) {
    const height = grid.clientHeight || 400;
    const first = Math.max(0, Math.floor(grid.scrollTop / rowHeight) - margin);
    const last = Math.min(shown.length, Math.ceil((grid.scrollTop + height) / rowHeight) + margin);
    // Rows that are gone are filled anew: making elements is what takes the time.
    const spare = [];
    for (const [index, line] of drawn) {
      if (again || index < first || index >= last) { spare.push(line); drawn.delete(index); }
    }
    spare.reverse();
    for (let index = first; index < last; index += 1) {
      if (drawn.has(index)) continue;
      const line = spare.pop() ?? newLine();
      fill(line, shown[index], index);
      drawn.set(index, line);
      if (!line.isConnected) body.append(line);
    }
    for (const line of spare) line.remove();
    const active = choice.active();
    if (active >= first && active < last) grid.setAttribute("aria-activedescendant", `${prefix}-${active}`);
    else grid.removeAttribute("aria-activedescendant");
  }

  function newLine() {
    return element("div", { role: "row" }, columns.map((column) => element("div", { role: "gridcell", class: column.align ?? "left" })));
  }

  function fill(line, row, index) {
    const isActive = index === choice.active();
    line.className = `table-row${isActive ? " is-active" : ""}${index % 2 ? " is-odd" : ""} ${outer.has(row) ? "is-inside" : rowClass?.(row) ?? ""}`.trim();
    line.id = `${prefix}-${index}`;
    line.dataset.index = String(index);
    line.setAttribute("aria-rowindex", String(index + 3));
    line.setAttribute("aria-selected", String(choice.has(row)));
    line.style.top = `${index * rowHeight}px`;
    const within = inside(row).length;
    if (within > 0) line.setAttribute("aria-expanded", String(unfolded.has(id(row)))); else line.removeAttribute("aria-expanded");
    if (outer.size > 0) line.setAttribute("aria-level", outer.has(row) ? "2" : "1");
    if (line.row === row) return;
    line.row = row;
    columns.forEach((column, place) => {
      const cell = line.children[place];
      if (outer.has(row)) {
        const text = printable(column.inner?.(row) ?? "");
        cell.title = text;
        cell.textContent = text;
        return;
      }
      const text = printable(textOf(column, row));
      if (column.unfolds && within > 0) {
        cell.title = text;
        replace(cell, unfolder(row, within), column.cell ? column.cell(row) : text);
        return;
      }
      if (cell.title !== text) cell.title = text;
      if (column.cell) replace(cell, column.cell(row));
      else if (cell.textContent !== text || cell.firstElementChild) cell.textContent = text;
    });
  }

  /** For the mouse; the keyboard has the arrows. */
  function unfolder(row, within) {
    const title = `${count(within)} ${insideNoun}`;
    return element("button", { type: "button", class: "table-unfold", tabindex: "-1", title, "aria-label": title, onclick: () => unfold([row], !unfolded.has(id(row))) });
  }

  function unfold(some, isShown) {
    for (const row of some) {
      if (isShown && inside(row).length > 0) unfolded.add(id(row)); else unfolded.delete(id(row));
    }
    update();
    onUnfold?.([...unfolded]);
  }

  /** Right shows what is inside a row, left hides it; left on a row inside goes to the one around it. */
  function unfoldByKey(event) {
    if (event.target !== grid || outer.size === 0 || event.ctrlKey || event.metaKey || event.altKey) return;
    const row = shown[choice.active()];
    if (row === undefined) return;
    const isOpen = unfolded.has(id(row));
    if (event.key === "ArrowRight" && inside(row).length > 0 && !isOpen) unfold([row], true);
    else if (event.key === "ArrowLeft" && isOpen) unfold([row], false);
    else if (event.key === "ArrowLeft" && outer.has(row)) {
      const around = outer.get(row);
      choice.set([id(around)]);
      choice.show(shown.indexOf(around));
      draw(true);
      tell();
    } else return;
    event.preventDefault();
  }

  function update() {
    measure();
    passing = arrange(rows, columns, filters, order);
    shown = unfolded.size === 0 ? passing : passing.flatMap((row) => (unfolded.has(id(row)) ? [row, ...inside(row)] : [row]));
    choice.rowsChanged();
    body.style.height = `${shown.length * rowHeight}px`;
    grid.setAttribute("aria-rowcount", String(shown.length + 2));
    empty.hidden = shown.length > 0;
    counted.textContent = passing.length === rows.length ? `${count(rows.length)} ${noun}` : `${count(passing.length)} of ${count(rows.length)} ${noun}`;
    for (const header of names.children) {
      const isOrder = order?.key === header.dataset.key;
      header.setAttribute("aria-sort", isOrder ? (order.descending ? "descending" : "ascending") : "none");
      header.querySelector(".table-arrow").textContent = isOrder ? (order.descending ? "▼" : "▲") : "";
    }
    draw(true);
  }

  function sortBy(column) {
    const isSame = order?.key === column.key;
    // Numbers are first wanted from the greatest, texts from A.
    order = { key: column.key, descending: isSame ? !order.descending : column.align === "right" };
    update();
    onChange?.({ order, filters });
  }

  function filterBy(key, text) {
    if (text.trim()) filters.set(key, text);
    else filters.delete(key);
    grid.scrollTop = 0;
    update();
    onChange?.({ order, filters });
  }

  /** A row counts as chosen where one inside of it is. */
  function selected() {
    return rows.filter((row) => choice.has(row) || (unfolded.has(id(row)) && inside(row).some((each) => choice.has(each))));
  }

  function tell() { onSelect?.(selected()); }

  grid.addEventListener("keydown", unfoldByKey);
  grid.addEventListener("scroll", () => draw(), { passive: true });
  new ResizeObserver(() => { measure(); draw(); }).observe(grid);
  update();
  prepare(rows, columns);

  return {
    node,
    tools,
    /** Rows that pass the filters, in order, without what is inside of them. */
    shown: () => passing,
    selected,
    /** Shows or hides what is inside of all rows. */
    unfoldAll(isShown) { unfold(rows, isShown); },
    unfolded: () => unfolded.size,
    /** Sets filters and what shows them. */
    setFilters(next) {
      filters.clear();
      for (const [key, text] of next) filters.set(key, text);
      search.value = filters.get("") ?? "";
      columns.forEach((column, index) => {
        inputs.children[index].firstElementChild.value = filters.get(column.key) ?? "";
      });
      update();
    },
    /** Selects rows by their ids and scrolls to the first. */
    select(ids) { choice.set(ids); this.reveal(); tell(); },
    reveal() {
      const first = shown.findIndex((row) => choice.has(row));
      if (first >= 0) choice.show(first);
      draw(true);
    },
  };
}
