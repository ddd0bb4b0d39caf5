/** Axes: where a value lies between two ends in pixels, and which values are worth a line. */

/**
 * @typedef {object} Scale
 * @property {(value: number) => number} at Position in pixels.
 * @property {number[]} ticks Values to label, ascending.
 */

/**
 * A straight axis with round ends.
 * @param {number[]} values What it has to hold.
 * @param {number} from Pixels of the low end.
 * @param {number} to Pixels of the high end.
 * @param {{zero?: boolean, count?: number}} [options] `zero`: the axis begins there.
 * @returns {Scale}
 */
export function linear(values, from, to, { zero = true, count = 5 } = {}) {
  const known = values.filter(Number.isFinite);
  let low = known.length ? known.reduce((a, b) => Math.min(a, b)) : 0;
  let high = known.length ? known.reduce((a, b) => Math.max(a, b)) : 1;
  if (zero) { low = Math.min(0, low); high = Math.max(0, high); }
  if (high === low) high = low + (Math.abs(low) || 1);
  const step = roundStep((high - low) / Math.max(1, count));
  low = Math.floor(low / step + 1e-9) * step;
  high = Math.ceil(high / step - 1e-9) * step;
  const ticks = [];
  for (let index = 0; index <= Math.round((high - low) / step); index += 1) ticks.push(low + index * step);
  const at = (value) => from + ((value - low) / (high - low)) * (to - from);
  return { at, ticks };
}

/**
 * A logarithmic axis. Values of zero and below lie at its low end.
 * @param {number[]} values
 * @param {number} from
 * @param {number} to
 * @returns {Scale}
 */
export function logarithmic(values, from, to) {
  const logs = values.filter((value) => value > 0 && Number.isFinite(value)).map(Math.log10);
  let first = logs.length ? logs.reduce((a, b) => Math.min(a, b)) : 0;
  let last = logs.length ? logs.reduce((a, b) => Math.max(a, b)) : 1;
  // Over a decade or more whole decades; over less, the ends of 1, 2, 5 around the values.
  const wide = last - first >= 1;
  const ends = wide ? [1, 10] : [1, 2, 5, 10];
  first = Math.log10(endBelow(10 ** first, ends));
  last = Math.log10(endAbove(10 ** last, ends));
  if (last - first < 0.3) last = first + 0.3010299957;
  const at = (value) =>
    from + ((Math.log10(Math.max(value, 10 ** first)) - first) / (last - first)) * (to - from);
  const every = last - first > 8 ? 2 : 1;
  const digits = last - first > 2.2 ? [1] : [1, 2, 5];
  const ticks = [];
  for (let decade = Math.floor(first); decade <= last + 1e-9; decade += every) {
    for (const digit of digits) {
      const value = digit * 10 ** decade;
      if (value >= 10 ** first * 0.999 && value <= 10 ** last * 1.001) ticks.push(value);
    }
  }
  return { at, ticks };
}

/** The round number 1, 2, 2.5 or 5 times a power of ten that is at least `rough`. */
function roundStep(rough) {
  const power = 10 ** Math.floor(Math.log10(rough));
  const digit = [1, 2, 2.5, 5, 10].find((candidate) => candidate * power >= rough * 0.999999) ?? 10;
  return digit * power;
}

function endBelow(value, digits) {
  const power = 10 ** Math.floor(Math.log10(value) + 1e-9);
  return power * digits.filter((digit) => digit * power <= value * 1.000001).at(-1);
}

function endAbove(value, digits) {
  const power = 10 ** Math.floor(Math.log10(value) - 1e-9);
  return power * (digits.find((digit) => digit * power >= value * 0.999999) ?? 10);
}
