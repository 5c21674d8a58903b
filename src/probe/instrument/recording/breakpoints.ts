/** Calls that a breakpoint sees and no wrapper: their entry and their end come as two calls of ours. */
import { FLAG, MODE, SLOT } from '../../layout.js';
import type { AnyFunction } from '../hook.js';
import { busy, calling } from './busy.js';
import type { Cells } from './cells.js';
import { clock } from './clock.js';
import { endAll, entered } from './observe.js';
import type { HookState } from './state.js';
import type { Tap } from './tap.js';

const toNumber = Number;

/** A throw passes the return locations by, so that its entry is never taken off: the oldest go. */
const MOST_OPEN = 64;

interface OpenCall {
  readonly self: unknown;
  readonly params: unknown[];
  readonly taps: readonly Tap[];
  readonly start: bigint;
}

export class BreakpointCalls {
  readonly #cells: Cells;
  readonly #open = new WeakMap<HookState, OpenCall[]>();

  constructor(cells: Cells) {
    this.#cells = cells;
  }

  entered(state: HookState, self: unknown, args: ArrayLike<unknown>, above: AnyFunction): boolean {
    const { flags, cells } = this.#cells;
    if (flags[FLAG.off] !== 0 || busy.on || state.taps.length === 0) return false;
    cells[state.base + SLOT.calls]! += 1;
    const mode = cells[state.base + SLOT.mode];
    if (mode === MODE.off) return false;
    if (mode === MODE.sampled) {
      if (!(cells[state.base + SLOT.tokens]! > 0)) {
        cells[state.base + SLOT.dropped]! += 1;
        return false;
      }
      cells[state.base + SLOT.tokens]! -= 1;
    }
    const params = listOf(args);
    const taps = below(above, () => entered(state.taps, self, params));
    if (taps.length === 0) return false;
    let open = this.#open.get(state);
    if (!open) {
      open = [];
      this.#open.set(state, open);
    }
    if (open.length >= MOST_OPEN) open.shift();
    open[open.length] = { self, params, taps, start: clock() };
    return true;
  }

  left(
    state: HookState,
    self: unknown,
    args: ArrayLike<unknown>,
    returned: unknown,
    above: AnyFunction,
  ): void {
    const now = clock();
    const open = this.#open.get(state);
    // The last that began on the same receiver; what lies above it has thrown.
    let at = (open?.length ?? 0) - 1;
    while (at >= 0 && !Object.is(open?.[at]?.self, self)) at -= 1;
    const call = at >= 0 ? open?.[at] : undefined;
    if (!open || !call) return;
    open.length = at;
    const nanos = toNumber(now - call.start);
    below(above, () => endAll(call.taps, self, listOf(args), returned, false, nanos, -1));
  }
}

/** Stacks are taken below what the breakpoint's condition called. */
function below<T>(above: AnyFunction, look: () => T): T {
  calling.wrapper = above;
  calling.isWrapper = false;
  try {
    return look();
  } finally {
    calling.isWrapper = true;
  }
}

function listOf(args: ArrayLike<unknown>): unknown[] {
  const list: unknown[] = [];
  for (let at = 0; at < args.length; at++) list[at] = args[at];
  return list;
}
