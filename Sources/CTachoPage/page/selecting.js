/** Which rows of a table are selected: click, Shift, Ctrl, a box drawn with the mouse, and the keyboard. */
import { element } from "tacho/dom.js";

/** Pixels that the mouse moves before a click becomes a box. */
const slack = 4;

/**
 * @param {object} options
 * @param {HTMLElement} options.grid What scrolls and has the focus.
 * @param {HTMLElement} options.body What holds the rows.
 * @param {(row: any) => (string | number)} options.id
 * @param {() => any[]} options.rows In the order shown.
 * @param {() => number} options.rowHeight In pixels.
 * @param {() => number} options.top Height of what sticks above the rows, in pixels.
 * @param {() => void} options.changed
 * @param {(row: any) => void} options.open
 */
export function selecting({ grid, body, id, rows, rowHeight, top, changed, open }) {
  let chosen = new Set();
  /** The row of the keyboard, and where a range with Shift begins; ids, so that they outlive sorting. */
  let active;
  let anchor;

  const indexOf = (key) => (key === undefined ? -1 : rows().findIndex((row) => id(row) === key));
  const range = (from, to) => {
    const [low, high] = from < to ? [from, to] : [to, from];
    return rows().slice(Math.max(0, low), high + 1).map(id);
  };

  function pick(index, { shift = false, toggle = false } = {}) {
    const row = rows()[index];
    if (row === undefined) return;
    const key = id(row);
    if (shift) {
      const from = Math.max(0, indexOf(anchor));
      chosen = new Set([...(toggle ? chosen : []), ...range(from, index)]);
    } else if (toggle) {
      chosen = new Set(chosen);
      if (!chosen.delete(key)) chosen.add(key);
      anchor = key;
    } else {
      chosen = new Set([key]);
      anchor = key;
    }
    active = key;
    changed();
  }

  function show(index) {
    const height = rowHeight();
    const room = grid.clientHeight - top();
    if (index * height < grid.scrollTop) grid.scrollTop = index * height;
    else if ((index + 1) * height > grid.scrollTop + room) grid.scrollTop = (index + 1) * height - room;
  }

  grid.addEventListener("keydown", (event) => {
    if (event.target !== grid) return;
    const last = rows().length - 1;
    const at = indexOf(active);
    const page = Math.max(1, Math.floor((grid.clientHeight - top()) / rowHeight()) - 1);
    const steps = { ArrowDown: at + 1, ArrowUp: at < 0 ? last : at - 1, PageDown: at + page, PageUp: at - page, Home: 0, End: last };
    const control = event.ctrlKey || event.metaKey;
    if (event.key in steps && last >= 0) {
      const next = Math.max(0, Math.min(last, steps[event.key]));
      if (control && !event.shiftKey) { active = id(rows()[next]); changed(); } else pick(next, { shift: event.shiftKey });
      show(next);
    } else if (event.key === " " && at >= 0) {
      pick(at, { toggle: true, shift: event.shiftKey });
    } else if (control && event.key.toLowerCase() === "a") {
      chosen = new Set(rows().map(id));
      changed();
    } else if (event.key === "Escape" && chosen.size) {
      chosen = new Set();
      changed();
    } else if (event.key === "Enter" && at >= 0) {
      open(rows()[at]);
    } else return;
    event.preventDefault();
  });

  const frame = element("div", { class: "table-box", "aria-hidden": "true" });
  frame.hidden = true;
  body.append(frame);
  const place = (event) => {
    const bounds = body.getBoundingClientRect();
    return { x: event.clientX - bounds.left, y: event.clientY - bounds.top };
  };
  /** @type {undefined | {x: number, y: number, index: number, isBox: boolean, before: Set<string | number>}} */
  let press;

  body.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || event.target.closest("a, button, input")) return;
    grid.focus({ preventScroll: true });
    const index = Math.floor(place(event).y / rowHeight());
    press = { ...place(event), index, isBox: false, before: event.ctrlKey || event.metaKey ? chosen : new Set() };
    // A finger scrolls; only the mouse draws boxes.
    if (event.pointerType === "mouse") body.setPointerCapture(event.pointerId);
  });
  body.addEventListener("pointermove", (event) => {
    if (!press || event.pointerType !== "mouse") return;
    const here = place(event);
    press.isBox ||= Math.abs(here.y - press.y) > slack || Math.abs(here.x - press.x) > slack;
    if (!press.isBox || event.shiftKey) return;
    const view = grid.getBoundingClientRect();
    if (event.clientY > view.bottom - 16) grid.scrollTop += rowHeight() / 2;
    if (event.clientY < view.top + top() + 16) grid.scrollTop -= rowHeight() / 2;
    frame.hidden = false;
    Object.assign(frame.style, {
      left: `${Math.min(here.x, press.x)}px`, width: `${Math.abs(here.x - press.x)}px`,
      top: `${Math.min(here.y, press.y)}px`, height: `${Math.abs(here.y - press.y)}px`,
    });
    const bottom = rows().length - 1;
    const end = Math.max(0, Math.min(bottom, Math.floor(here.y / rowHeight())));
    chosen = new Set([...press.before, ...range(press.index, end)]);
    anchor = rows()[press.index] && id(rows()[press.index]);
    active = rows()[end] && id(rows()[end]);
    changed();
  });
  const release = (event) => {
    if (!press) return;
    const { isBox, index } = press;
    press = undefined;
    frame.hidden = true;
    if (event.type === "pointerup" && !isBox) {
      pick(index, { shift: event.shiftKey, toggle: event.ctrlKey || event.metaKey });
    }
  };
  body.addEventListener("pointerup", release);
  body.addEventListener("pointercancel", release);
  body.addEventListener("dblclick", (event) => {
    if (event.target.closest("a, button, input")) return;
    const row = rows()[Math.floor(place(event).y / rowHeight())];
    if (row !== undefined) open(row);
  });

  return {
    has: (row) => chosen.has(id(row)),
    active: () => indexOf(active),
    set(ids) {
      chosen = new Set(ids);
      anchor = active = [...chosen][0];
    },
    /** Rows that no longer pass stay selected: a filter that is taken back shows them again. */
    rowsChanged() { if (indexOf(active) < 0) active = undefined; },
    show,
  };
}
