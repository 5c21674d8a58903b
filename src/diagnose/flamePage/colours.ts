import type { Frames } from './data.js';

/** What the canvas is painted with; the page's own colours are in style.css. */
export interface Palette {
  readonly text: string;
  readonly dimText: string;
  readonly gap: string;
  readonly match: string;
  readonly matchText: string;
  readonly outline: string;
  /** By frame. */
  readonly fill: readonly string[];
  readonly faded: readonly string[];
}

/** Hue, saturation and lightness of each kind. */
const HUES: Readonly<Record<string, readonly [hue: number, saturation: number]>> = {
  app: [20, 82],
  package: [46, 68],
  node: [207, 56],
  native: [252, 28],
  idle: [210, 10],
  thread: [38, 9],
};
const SHADES = 8;

export function paletteOf(frames: Frames, kinds: readonly string[], dark: boolean): Palette {
  const fill: string[] = [];
  const faded: string[] = [];
  for (let frame = 0; frame < frames.count; frame++) {
    const kind = kinds[frames.kind(frame)] ?? 'native';
    const [hue, saturation] = HUES[kind] ?? [0, 0];
    // Neighbours differ a little, and the same function looks the same everywhere.
    const shade = hashOf(kind === 'package' ? frames.package(frame) : frames.name(frame)) % SHADES;
    const light = (dark ? 33 : 70) + (shade - SHADES / 2) * (dark ? 1.7 : 1.9);
    const turn =
      kind === 'app' || kind === 'package' ? (shade - SHADES / 2) * 2.2 : (shade - SHADES / 2) * 1.4;
    fill.push(`hsl(${hue + turn} ${dark ? saturation * 0.72 : saturation}% ${light}%)`);
    faded.push(
      `hsl(${hue + turn} ${saturation * 0.22}% ${dark ? light * 0.72 : light + (100 - light) * 0.5}%)`,
    );
  }
  return dark
    ? {
        text: '#f2f2f0',
        dimText: '#9aa0a8',
        gap: '#15171b',
        match: '#e24bbb',
        matchText: '#fff',
        outline: '#fff',
        fill,
        faded,
      }
    : {
        text: '#22190f',
        dimText: '#6d7178',
        gap: '#fbfaf8',
        match: '#e63fb8',
        matchText: '#fff',
        outline: '#111',
        fill,
        faded,
      };
}

function hashOf(text: string): number {
  let hash = 7;
  for (let at = 0; at < text.length; at++) hash = (hash * 31 + text.charCodeAt(at)) >>> 0;
  return hash;
}
