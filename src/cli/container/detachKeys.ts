import { InvalidArgumentError } from 'commander';

export const DEFAULT_DETACH_KEYS = 'ctrl-p,ctrl-q';

const LONGEST = 16;

/** `ctrl-p,ctrl-q`, `ctrl-],q` or, for no detaching at all, nothing: the bytes that these keys send. */
export function parseDetachKeys(text: string): Buffer {
  if (text === '') return Buffer.alloc(0);
  const keys = text.split(',');
  const bytes = keys.map(byteOf);
  if (keys.length > LONGEST || !bytes.every((byte) => byte !== undefined)) {
    throw new InvalidArgumentError(
      `Give keys with commas between, each one character or ctrl-X with X one of a-z @ [ \\ ] ^ _, at most ${LONGEST}; '' for none.`,
    );
  }
  return Buffer.from(bytes);
}

function byteOf(key: string): number | undefined {
  const [, control] = /^ctrl-([a-z@[\\\]^_])$/i.exec(key) ?? [];
  if (control !== undefined) return control.toUpperCase().charCodeAt(0) & 0x1f;
  return key.length === 1 && key > ' ' && key <= '~' ? key.charCodeAt(0) : undefined;
}

/**
 * Looks for the detach keys in what is typed. Keys that may begin them are held back until the next key tells: the
 * program in the container must not see them when they do.
 */
export class DetachWatch {
  readonly #keys: Buffer;
  /** Of each beginning of the keys: the length of the longest beginning that it also ends with. */
  readonly #fallback: number[];
  #held = 0;

  constructor(keys: Buffer) {
    this.#keys = keys;
    this.#fallback = fallbacks(keys);
  }

  /** What is to be passed on of what was typed; nothing after the detach keys is. */
  push(typed: Buffer): { readonly pass: Buffer; readonly detached: boolean } {
    const keys = this.#keys;
    if (keys.length === 0) return { pass: typed, detached: false };
    const pass: number[] = [];
    for (const byte of typed) {
      while (this.#held > 0 && keys[this.#held] !== byte) this.#giveUp(pass);
      if (keys[this.#held] === byte) this.#held += 1;
      else pass.push(byte);
      if (this.#held === keys.length) {
        this.#held = 0;
        return { pass: Buffer.from(pass), detached: true };
      }
    }
    return { pass: Buffer.from(pass), detached: false };
  }

  #giveUp(pass: number[]): void {
    const kept = this.#fallback[this.#held - 1] ?? 0;
    pass.push(...this.#keys.subarray(0, this.#held - kept));
    this.#held = kept;
  }
}

function fallbacks(keys: Buffer): number[] {
  const lengths = [0];
  for (let index = 1, length = 0; index < keys.length; index++) {
    while (length > 0 && keys[index] !== keys[length]) length = lengths[length - 1] ?? 0;
    if (keys[index] === keys[length]) length += 1;
    lengths.push(length);
  }
  return lengths;
}
