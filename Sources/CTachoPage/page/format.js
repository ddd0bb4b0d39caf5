// Numbers in words, exactly as the text views print them (TachoAnalysis/Findings/Wording.swift), so that a figure
// in the page is the figure in the terminal.

/** A fixed number of places, halves away from zero. */
export function decimal(value, places) {
  const scale = 10 ** places;
  const scaled = Math.round(Math.abs(value) * scale);
  const sign = value < 0 && scaled > 0 ? "-" : "";
  if (places === 0) return sign + String(scaled);
  const fraction = String(scaled % scale).padStart(places, "0");
  return `${sign}${Math.floor(scaled / scale)}.${fraction}`;
}

/** Four significant digits; none after the point for whole numbers below 1000, and for 1000 and above. */
export function significant(value) {
  const size = Math.abs(value);
  if (size === Math.round(size) && size < 1000) return decimal(value, 0);
  return decimal(value, size < 9.9995 ? 3 : size < 99.995 ? 2 : size < 999.95 ? 1 : 0);
}

/** As short as it can be told, for the ticks of an axis: `0.5`, `1200`. */
export function short(value) {
  return String(Number(value.toPrecision(4)));
}

/** Nanoseconds with the unit that fits: `7.372 ms`. */
export function duration(nanoseconds) {
  const size = Math.abs(nanoseconds);
  const [scale, unit] = size < 999.95 ? [1, "ns"] : size < 999.95e3 ? [1e3, "us"] : size < 999.95e6 ? [1e6, "ms"] : [1e9, "s"];
  return `${significant(nanoseconds / scale)} ${unit}`;
}

/** A share as a percentage: 0.0123 is `1.2 %`. */
export function percent(share, places = 1) {
  return `${decimal(share * 100, places)} %`;
}

/** A whole number with its thousands set apart. */
export function count(value) {
  return String(Math.trunc(value)).replace(/\B(?=(\d{3})+(?!\d))/g, ",");
}

/** Queries a second. */
export function rate(value, unit = "/s") {
  return `${significant(value)} ${unit}`;
}

/** Binary multiples, as the text view prints bytes. */
export function bytes(value) {
  const units = ["bytes", "KiB", "MiB", "GiB", "TiB"];
  let unit = 0;
  let rest = value;
  while (Math.abs(rest) >= 1024 && unit < units.length - 1) { rest /= 1024; unit += 1; }
  return unit === 0 ? `${value} bytes` : `${decimal(rest, Math.abs(rest) < 10 ? 2 : 1)} ${units[unit]}`;
}

/** A figure's interval: `7.281 to 7.352 ms`; empty where there is none. */
export function interval(figure, word = duration) {
  if (figure?.low === undefined || figure?.high === undefined) return "";
  const [low, high] = [word(figure.low).split(" "), word(figure.high).split(" ")];
  if (low.length === 2 && high.length === 2 && low[1] === high[1]) return `${low[0]} to ${high[0]} ${high[1]}`;
  return `${word(figure.low)} to ${word(figure.high)}`;
}

/** Half of the interval as a share: `± 0.5 %`; empty without one, and where it is so lopsided that it says nothing. */
export function halfWidth(figure) {
  if (figure?.low === undefined || figure?.high === undefined || figure.value === 0) return "";
  const share = (figure.high - figure.low) / 2 / Math.abs(figure.value);
  return share < 1 ? `± ${percent(share)}` : "";
}

/** Wall time from nanoseconds since 1970, in the reader's time zone. */
export function wallTime(nanoseconds) {
  const date = new Date(nanoseconds / 1e6);
  const two = (number) => String(number).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} `
    + `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

/** A shape: `1x3x224x224`, `scalar`. */
export function shape(dimensions) {
  return dimensions === undefined || dimensions === null ? "open" : dimensions.length === 0 ? "scalar" : dimensions.join("x");
}

/** A number with its noun: `1 launch`, `8 launches`. */
export function plural(number, noun, many = `${noun}s`) {
  return `${count(number)} ${number === 1 ? noun : many}`;
}

/** The command line as one would type it. */
export function commandLine(words) {
  return words.map((word, index) => {
    const text = index === 0 ? word.replace(/^.*\//, "") : word;
    return /^[A-Za-z0-9_@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
  }).join(" ");
}

/** A report's state in words. */
export function stateWords(state) {
  return { recording: "being recorded", interrupted: "interrupted", failed: "failed", recovered: "recovered", damaged: "damaged" }[state] ?? state;
}
