import { nativeWait, type Target } from '../target/index.js';
import type { Result } from './command.js';
import { type StackFrame, stackTrace, wireFrames } from './frames.js';
import { blockedResults, blockedStacks } from './limits.js';

/** What the probe's Worker tells of a block, as far as it holds together. */
export interface BlockEvent {
  readonly kind: 'blocked' | 'native' | 'unblocked';
  readonly block: number;
  readonly ms: number;
  readonly native: boolean;
  readonly frames: unknown;
}

/** Undefined for what is no such event, or of another watch. */
export function blockEvent(kind: BlockEvent['kind'], watch: string, data: unknown): BlockEvent | undefined {
  if (typeof data !== 'object' || data === null) return undefined;
  const fields = data as Record<string, unknown>;
  const ms = kind === 'unblocked' ? fields.durationMs : fields.sinceMs;
  if (fields.watch !== watch || typeof fields.block !== 'number' || typeof ms !== 'number') return undefined;
  return {
    kind,
    block: fields.block,
    ms: Math.round(ms),
    native: kind === 'native' || fields.native === true,
    frames: fields.frames,
  };
}

interface Repeated {
  readonly at: string;
  count: number;
  totalMs: number;
  maxMs: number;
}

interface Shown {
  readonly key: string;
  readonly at: string;
  readonly shown: boolean;
}

/** Turns what the Worker sees into results: each new stack once, those that come again as counts per interval. */
export class LoopBlocks {
  readonly #target: Target;
  readonly #known = new Set<string>();
  readonly #open = new Map<number, Shown>();
  #repeated = new Map<string, Repeated>();
  #count = 0;
  #ms = 0;
  #second = 0;
  #shown = 0;

  constructor(target: Target) {
    this.#target = target;
  }

  async take(event: BlockEvent): Promise<Result | undefined> {
    if (event.kind === 'unblocked') return await this.#unblocked(event);
    return event.kind === 'native' ? this.#native(event) : await this.#blocked(event);
  }

  async #blocked({ block, ms, frames }: BlockEvent): Promise<Result | undefined> {
    const stack = await stackTrace(this.#target, frames);
    // Lines of the innermost frames move with every look at the same loop.
    const key = stack.map((frame) => `${frame.fileName}:${frame.className}.${frame.methodName}`).join('|');
    // Where native code was told before, this is what goes on after it.
    const show = this.#open.get(block)?.shown || (!this.#known.has(key) && this.#mayShow());
    this.#remember(block, { key, at: placeOf(stack), shown: show });
    if (!show) return undefined;
    if (this.#known.size < blockedStacks.value) this.#known.add(key);
    return {
      type: 'loop',
      blocked: { block, sinceMs: ms, native: false, stack: wireFrames(stack) },
    };
  }

  #native({ block, ms }: BlockEvent): Result | undefined {
    const { state, wchan, children } = nativeWait(this.#target.process.pid);
    const at = `native code${children.length > 0 ? ` (${children.map(({ name }) => name).join(', ')})` : ''}`;
    const show = this.#mayShow();
    this.#remember(block, { key: at, at, shown: show });
    if (!show) return undefined;
    return { type: 'loop', blocked: { block, sinceMs: ms, native: true, state, wchan, children } };
  }

  async #unblocked({ block, ms, native, frames }: BlockEvent): Promise<Result | undefined> {
    const open = this.#open.get(block);
    this.#open.delete(block);
    this.#count += 1;
    this.#ms += ms;
    if (open?.shown) {
      const stack = native ? await stackTrace(this.#target, frames) : [];
      // Taken at the first chance after the native call: its callers are still there.
      const returned = stack.length > 0 ? wireFrames(stack) : undefined;
      return { type: 'loop', unblocked: { block, durationMs: ms, native, stack: returned } };
    }
    const { key, at } = open ?? { key: '', at: 'unknown' };
    const repeated = this.#repeated.get(key) ?? { at, count: 0, totalMs: 0, maxMs: 0 };
    repeated.count += 1;
    repeated.totalMs += ms;
    repeated.maxMs = Math.max(repeated.maxMs, ms);
    if (this.#repeated.size < blockedStacks.value) this.#repeated.set(key, repeated);
    return undefined;
  }

  /** What ended since the last call. */
  interval(): { blockCount: number; blockedMs: number; repeated?: Repeated[] } {
    const repeated = [...this.#repeated.values()];
    const answer = {
      blockCount: this.#count,
      blockedMs: this.#ms,
      repeated: repeated.length > 0 ? repeated : undefined,
    };
    this.#repeated = new Map();
    this.#count = 0;
    this.#ms = 0;
    return answer;
  }

  #remember(block: number, shown: Shown): void {
    // Only one is open at a time; more means that the target talks nonsense.
    if (this.#open.size >= blockedStacks.value) this.#open.clear();
    this.#open.set(block, shown);
  }

  #mayShow(): boolean {
    const second = Math.floor(performance.now() / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#shown = 0;
    }
    this.#shown += 1;
    return this.#shown <= blockedResults.value;
  }
}

/** The innermost frame that is not Node's own. */
function placeOf(stack: readonly StackFrame[]): string {
  const frame = stack.find(({ fileName }) => fileName?.startsWith('node:') === false) ?? stack[0];
  return frame ? `${frame.methodName} (${frame.fileName ?? 'unknown'}:${frame.lineNumber})` : 'unknown';
}
