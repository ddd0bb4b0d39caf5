// The names of the rows, as a tree beside the picture: folding, pinning, counters' values.
import { element, replace } from "tacho/dom.js";
import { count, duration, significant, bytes } from "tacho/format.js";
import { isGroup } from "tacho/timeline/rows.js";

/** A counter's value with its unit. */
export function counterText(value, unit) {
  if (unit === "bytes") return bytes(Math.round(value));
  if (unit === "percent") return `${significant(value)} %`;
  return `${significant(value)} ${unit ?? ""}`.trim();
}

export class RowList {
  /** @param {HTMLElement} node @param {import("tacho/timeline/view.js").TimelineView} timeline */
  constructor(node, timeline) {
    this.node = node;
    this.timeline = timeline;
    this.shown = "";
    node.setAttribute("role", "tree");
    node.setAttribute("aria-label", "Tracks");
    node.addEventListener("keydown", (event) => this.key(event));
    node.addEventListener("wheel", (event) => {
      event.preventDefault();
      timeline.scroll(event.deltaY * (event.deltaMode === 1 ? 16 : 1));
    }, { passive: false });
  }

  /** Draws the rows that are in sight; does nothing where they are those of before. */
  draw(rows, top, height, chosenTrack) {
    const visible = rows.list.filter((row) => {
      const y = row.top - (row.isPinned ? 0 : top);
      return y + row.height > (row.isPinned ? 0 : rows.pinnedHeight) - 1 && y < height;
    });
    const key = visible.map((row) => `${row.id}${row.isPinned ? "p" : ""}${row.isFolded ? "f" : ""}${rows.pinned.includes(row.id) ? "x" : ""}${row.height}`).join() + `|${chosenTrack}`;
    if (key !== this.shown) {
      const focused = document.activeElement?.closest?.(".tl-row")?.dataset.name;
      replace(this.node, visible.map((row) => this.row(rows, row, chosenTrack)));
      this.shown = key;
      if (focused) [...this.node.children].find((node) => node.dataset.name === focused)?.focus({ preventScroll: true });
    }
    for (const [index, row] of visible.entries()) {
      const y = row.top - (row.isPinned ? 0 : top);
      const node = this.node.children[index];
      node.style.transform = `translateY(${y}px)`;
      // A row that is half under the pinned ones must not show through them.
      node.style.clipPath = !row.isPinned && y < rows.pinnedHeight ? `inset(${rows.pinnedHeight - y}px 0 0 0)` : "none";
    }
  }

  row(rows, row, chosenTrack) {
    const { track } = row;
    const group = isGroup(track);
    const canFold = group || track.lanes > 1 || track.kind === "counter";
    const pinned = rows.pinned.includes(track.id);
    const note = group ? "" : track.kind === "counter" ? `to ${counterText(track.maximum ?? 0, track.unit)}` : count(track.count);
    return element("div", {
      class: `tl-row${group ? " tl-group" : ""}${track.id === chosenTrack ? " tl-chosen" : ""}${row.isPinned ? " tl-pinned" : ""}`,
      role: "treeitem", tabindex: 0, "aria-level": row.depth + 1, "aria-expanded": canFold ? !row.isFolded + "" : null,
      "aria-selected": track.id === chosenTrack ? "true" : "false",
      "aria-label": `${track.name}${group ? "" : track.kind === "counter" ? `, counter, ${note}` : `, ${note} slices, ${duration(track.busy_ns)}`}`,
      title: track.name + (group || track.kind === "counter" ? "" : `\n${note} slices, ${duration(track.busy_ns)} in sum`),
      dataset: { id: String(track.id), name: `${track.id}${row.isPinned}` },
      style: { height: `${row.height}px`, paddingLeft: `${6 + row.depth * 12}px` },
    },
    element("button", {
      type: "button", class: "tl-fold", tabindex: -1, "aria-hidden": "true", disabled: !canFold,
      onclick: () => this.timeline.fold(track.id),
    }, canFold ? (row.isFolded ? "▸" : "▾") : ""),
    element("span", { class: "tl-name" }, track.name),
    note && element("span", { class: "tl-note" }, note),
    !group && element("button", {
      type: "button", class: `tl-pin${pinned ? " is-pinned" : ""}`, tabindex: -1, title: pinned ? "Unpin (P)" : "Pin to the top (P)",
      "aria-label": `${pinned ? "Unpin" : "Pin"} ${track.name}`, onclick: () => this.timeline.pin(track.id),
    }, "⚲"));
  }

  key(event) {
    const node = event.target.closest(".tl-row");
    if (!node) return;
    const id = Number(node.dataset.id);
    const { rows } = this.timeline;
    const place = [...this.node.children].indexOf(node);
    const move = (step) => {
      const next = this.node.children[place + step];
      if (next) { next.focus({ preventScroll: true }); this.timeline.bringIntoSight(Number(next.dataset.id)); }
    };
    const actions = {
      ArrowDown: () => move(1), ArrowUp: () => move(-1),
      ArrowRight: () => { if (rows.folded.has(id)) this.timeline.fold(id); },
      ArrowLeft: () => { if (!rows.folded.has(id)) this.timeline.fold(id); },
      " ": () => this.timeline.fold(id), p: () => this.timeline.pin(id),
      Enter: () => this.timeline.enterRow(id),
    };
    const action = actions[event.key];
    if (!action) return;
    event.preventDefault();
    event.stopPropagation();
    action();
  }
}
