// The axis of time: where its ticks lie and what they are called.
import { decimal } from "tacho/format.js";

const units = [[1e9, "s"], [1e6, "ms"], [1e3, "us"], [1, "ns"]];

/**
 * Ticks of 1, 2 or 5 times a power of ten, at least so many pixels apart.
 * @param {object} view `from`, `to`; `zero`: what the axis counts from, which only an aligned one has times before.
 */
export function ticks({ from, to, zero, isAligned }, width, apart = 110) {
  const least = (to - from) / width * apart;
  let step = 10 ** Math.floor(Math.log10(Math.max(1, least)));
  for (const factor of [1, 2, 5, 10]) {
    if (step * factor >= least) { step *= factor; break; }
  }
  step = Math.max(1, Math.round(step));
  const list = [];
  for (let at = Math.ceil((isAligned ? from - zero : Math.max(from, 0)) / step) * step; at + zero <= to; at += step) list.push(at + zero);
  return { step, list };
}

/**
 * A time since the beginning, as exactly as the step between ticks asks for.
 * @param {number} most The greatest time beside which it stands: all of an axis have one unit.
 */
export function timeText(time, step, most = time) {
  const [scale, unit] = units.find(([size]) => Math.abs(most) >= size || size === 1);
  const places = Math.max(0, Math.min(9, Math.ceil(Math.log10(scale / Math.max(1, step)) - 1e-9)));
  return `${decimal(time / scale, places)} ${unit}`;
}
