import type { PprofFrame } from '../../wire/index.js';
import { symbolCount } from '../limits.js';

/** Clients send addresses decreased by one or not; both must lead to the same function. */
const SPACING = 16;
const FIRST = 0x10_0000;

type Named = Omit<PprofFrame, 'address'>;

/**
 * Addresses for functions that have none: the same function of the same process has the same address as long as we live.
 * A client that was given addresses alone asks for their names later, without saying of which profile.
 */
export class SymbolTable {
  readonly #frames = new Map<string, PprofFrame>();
  readonly #byIndex: PprofFrame[] = [];

  constructor() {
    // Some clients take a table without any symbol for a program without symbols.
    this.frame('', { name: '(program)', file: '', line: 0, startLine: 0 });
  }

  get size(): number {
    return this.#byIndex.length;
  }

  /** All addresses are below this. */
  get limit(): number {
    return FIRST + (symbolCount.value + 1) * SPACING;
  }

  /** The one frame for this function and line of that process. */
  frame(process: string, named: Named): PprofFrame {
    const key = `${process}\n${named.line}:${named.startLine}:${named.name}\n${named.file}`;
    const known = this.#frames.get(key);
    if (known) return known;
    if (this.#byIndex.length >= symbolCount.value) return { ...named, address: 0 };
    const frame = { ...named, address: FIRST + this.#byIndex.length * SPACING };
    this.#byIndex.push(frame);
    this.#frames.set(key, frame);
    return frame;
  }

  /** `place (orders.ts:17)`: the function that begins at or before the address. */
  nameOf(address: bigint): string | undefined {
    const index = (address - BigInt(FIRST)) / BigInt(SPACING);
    if (address < BigInt(FIRST) || index >= BigInt(this.#byIndex.length)) return undefined;
    const frame = this.#byIndex[Number(index)];
    return frame && symbolText(frame);
  }
}

function symbolText({ name, file, line }: Named): string {
  // In a line of the answer, where anything else would end it.
  const clean = (text: string): string => text.replace(/[\x00-\x1f\x7f]+/g, ' ');
  if (file === '' || name.includes('@')) return clean(name);
  return clean(`${name} (${file.replace(/.*\//s, '')}${line > 0 ? `:${line}` : ''})`);
}
