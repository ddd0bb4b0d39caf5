// Colours of the timeline: a palette that colour-blind readers can tell apart, without blue, which means overhead.

/** Bits of a label's flags. */
export const flag = { overhead: 1, waiting: 2, open: 4, mark: 8, warmUp: 16 };

// Okabe and Ito's hues without their blues, each light and dark.
const hues = [
  [0x00, 0x9e, 0x73], [0xe6, 0x9f, 0x00], [0xcc, 0x79, 0xa7], [0xd5, 0x5e, 0x00], [0xb8, 0xac, 0x28],
  [0x5b, 0xb5, 0x98], [0xf0, 0xc3, 0x6d], [0xa8, 0x57, 0x86], [0xe6, 0x95, 0x5c], [0x7d, 0x8c, 0x6a],
];
const overhead = [0x2f, 0x86, 0xc9];

/** The same name has the same colour everywhere. */
function hash(text) {
  let value = 2166136261;
  for (let index = 0; index < text.length; index++) value = Math.imul(value ^ text.charCodeAt(index), 16777619);
  // The last bits alone would depend on few letters.
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35);
  return (value ^ (value >>> 16)) >>> 0;
}

function mix(a, b, share) { return a.map((value, index) => Math.round(value + (b[index] - value) * share)); }

/** A pixel as a canvas keeps it: red is the lowest byte. */
export function pixel([red, green, blue]) { return ((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0; }

export function css([red, green, blue]) { return `rgb(${red}, ${green}, ${blue})`; }

/** From 0 to 255, as an eye weighs the colours. */
export function brightness([red, green, blue]) { return 0.299 * red + 0.587 * green + 0.114 * blue; }

/** The colours of the scheme that the page has now. */
export function theme(isDark) {
  const back = isDark ? [0x16, 0x18, 0x1c] : [0xff, 0xff, 0xff];
  return {
    isDark, back,
    band: isDark ? [0x1b, 0x1e, 0x23] : [0xf7, 0xf8, 0xfa],
    line: isDark ? [0x30, 0x35, 0x3d] : [0xdd, 0xe1, 0xe7],
    grid: isDark ? [0x24, 0x28, 0x2e] : [0xec, 0xee, 0xf2],
    text: isDark ? [0xe4, 0xe7, 0xec] : [0x1b, 0x1f, 0x26],
    dim: isDark ? [0xa3, 0xab, 0xb7] : [0x55, 0x5d, 0x69],
    accent: isDark ? [0xff, 0xff, 0xff] : [0x00, 0x00, 0x00],
    unknown: isDark ? [0x55, 0x5b, 0x66] : [0xb4, 0xba, 0xc4],
    waiting: isDark ? [0x6a, 0x70, 0x7c] : [0xa9, 0xb0, 0xbb],
    counter: isDark ? [0x3c, 0xb3, 0x8c] : [0x00, 0x8a, 0x64],
  };
}

/**
 * What a label is painted with.
 * @returns {{fill: number, edge: number, hatch: number, text: string, rgb: number[]}} Pixels, and the text's colour.
 */
export function paint(label, colours) {
  let rgb;
  if (!label) rgb = colours.unknown;
  else if (label.flags & flag.waiting) rgb = mix(colours.waiting, colours.back, 0.45);
  else if (label.flags & flag.overhead) rgb = overhead;
  else if (label.colour !== undefined && label.colour !== null) rgb = [label.colour >> 16 & 255, label.colour >> 8 & 255, label.colour & 255];
  else rgb = hues[hash(label.name) % hues.length];
  if (label && !(label.flags & flag.waiting)) {
    if (label.flags & flag.warmUp || label.kind === "projection") rgb = mix(rgb, colours.back, 0.45);
    else rgb = colours.isDark ? mix(rgb, [0, 0, 0], 0.12) : mix(rgb, [255, 255, 255], 0.18);
  }
  return {
    rgb, fill: pixel(rgb), edge: pixel(mix(rgb, [0, 0, 0], 0.25)),
    hatch: label && label.flags & flag.waiting ? pixel(mix(rgb, colours.text, 0.4)) : 0,
    text: brightness(rgb) > 128 ? "#14171b" : "#ffffff",
  };
}
