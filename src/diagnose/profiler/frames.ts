import type { FrameTable } from '../../target/index.js';
import type { PprofFrame } from '../../wire/index.js';

const SPACING = 16;

/** The frames of one profile. Their addresses are good for telling them apart, and for nothing else. */
export class Frames implements FrameTable {
  readonly #frames = new Map<string, PprofFrame>();

  /** All addresses are below this. */
  readonly limit = 2 ** 40;

  frame(_process: string, named: Omit<PprofFrame, 'address'>): PprofFrame {
    const key = `${named.line}:${named.startLine}:${named.name}\n${named.file}`;
    let frame = this.#frames.get(key);
    if (!frame) {
      frame = { ...named, address: (this.#frames.size + 1) * SPACING };
      this.#frames.set(key, frame);
    }
    return frame;
  }
}
