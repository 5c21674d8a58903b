import type { FlameData } from './flameData.js';

export const FRAME_NUMBERS = 5;
export const NODE_NUMBERS = 4;

/** Functions by index. */
export class Frames {
  readonly count: number;
  readonly #data: FlameData;

  constructor(data: FlameData) {
    this.#data = data;
    this.count = data.frames.length / FRAME_NUMBERS;
  }

  name(frame: number): string {
    return this.#text(frame, 0) || '(anonymous)';
  }

  /** Short: `src/pricing.ts:31`. */
  place(frame: number): string {
    return this.#text(frame, 1);
  }

  file(frame: number): string {
    return this.#text(frame, 2);
  }

  kind(frame: number): number {
    return this.#data.frames[frame * FRAME_NUMBERS + 3] ?? 0;
  }

  package(frame: number): string {
    return this.#text(frame, 4);
  }

  #text(frame: number, member: number): string {
    return this.#data.strings[this.#data.frames[frame * FRAME_NUMBERS + member] ?? -1] ?? '';
  }
}

/** `1.25 s`, `3.4 MB`. */
export function amountText(value: number, unit: FlameData['unit']): string {
  if (value === 0) return '0';
  if (unit === 'bytes') {
    const units = ['B', 'KB', 'MB', 'GB', 'TB'];
    let [amount, at] = [value, 0];
    for (; amount >= 1024 && at < units.length - 1; at++) amount /= 1024;
    return `${digits(amount, at === 0 ? 0 : undefined)} ${units[at]}`;
  }
  if (value >= 60e9) return `${Math.floor(value / 60e9)} min ${Math.round((value % 60e9) / 1e9)} s`;
  if (value >= 1e9) return `${digits(value / 1e9)} s`;
  return value >= 1e6 ? `${digits(value / 1e6)} ms` : `${digits(value / 1e3)} µs`;
}

function digits(value: number, fixed?: number): string {
  return value.toFixed(fixed ?? (value >= 100 ? 0 : value >= 10 ? 1 : 2));
}

export function percentText(part: number, whole: number): string {
  const percent = whole > 0 ? (100 * part) / whole : 0;
  return `${percent >= 10 ? percent.toFixed(1) : percent.toFixed(2)} %`;
}
