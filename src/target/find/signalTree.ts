/**
 * Which signals a process handles in JavaScript: libuv's red-black tree of signal watchers, read from the process's
 * memory. The layout is that of `uv_signal_t` in libuv 1.x on 64-bit systems, measured on Node 18-26.
 */
import { type Libuv, libuvOf } from './libuv.js';
import { SIGNAL_NODES } from './limits.js';
import type { Mapping } from './maps.js';
import { ProcessMemory, pointerAt } from './memory.js';
import { errorCode, readProcText } from './proc.js';

export type SignalTree =
  | { readonly signals: readonly number[] }
  /** Why it could not be read, half a sentence. */
  | { readonly unreadable: string };

const LOOP_AT = 8;
const TYPE_AT = 16;
/** UV_SIGNAL of `uv_handle_type`. */
const TYPE_SIGNAL = 16;
const SIGNUM_AT = 104;
const LEFT_AT = 112;
const RIGHT_AT = 120;
const PARENT_AT = 128;
const COLOR_AT = 136;
const NODE_BYTES = 144;
const HIGHEST_SIGNAL = 64;
/** A tree that changes while it is read looks broken; the next look finds it whole. */
const ATTEMPTS = 3;
/** Far more than the static data of any libuv, or of a Node that holds one. */
const MAX_ZEROED_BYTES = 16 * 1024 * 1024;
/** `uv_loop_t` is smaller than this; a watcher inside it lies as near to its start. */
const LOOP_BYTES = 2048;

/** Never rejects. */
export async function signalTree(pid: number): Promise<SignalTree> {
  let memory: ProcessMemory | undefined;
  try {
    const libuv = await libuvOf(pid);
    if (!libuv) return { unreadable: 'libuv was not found in it' };
    memory = ProcessMemory.open(pid);
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      const signals = libuv.root === undefined ? searchTree(memory, libuv) : readTree(memory, libuv.root);
      if (signals) return { signals };
    }
    return { unreadable: "libuv's signal tree does not look as expected" };
  } catch (error) {
    const gone = ['ENOENT', 'ESRCH'].includes(errorCode(error));
    return { unreadable: gone ? 'the process is gone' : refusal() };
  } finally {
    memory?.close();
  }
}

function refusal(): string {
  const scope = readProcText('/proc/sys/kernel/yama/ptrace_scope')?.trim() ?? '0';
  return scope === '0'
    ? 'the kernel does not let us read its memory'
    : `only root may read its memory (kernel.yama.ptrace_scope is ${scope})`;
}

function readTree(memory: ProcessMemory, root: number): number[] | undefined {
  const pointer = memory.read(root, 8);
  return pointer && walk(memory, pointerAt(pointer, 0));
}

/** The signals of the tree below `top`, ascending; undefined when something there is no watcher. */
function walk(memory: ProcessMemory, top: number): number[] | undefined {
  const signals = new Set<number>();
  const seen = new Set<number>();
  const open = [top];
  while (open.length > 0) {
    const address = open.pop() ?? 0;
    if (address === 0) continue;
    if (seen.has(address) || seen.size >= SIGNAL_NODES.value) return undefined;
    seen.add(address);
    const node = memory.read(address, NODE_BYTES);
    if (!node || node.readInt32LE(TYPE_AT) !== TYPE_SIGNAL) return undefined;
    const signum = node.readInt32LE(SIGNUM_AT);
    if (signum < 1 || signum > HIGHEST_SIGNAL) return undefined;
    signals.add(signum);
    open.push(pointerAt(node, LEFT_AT), pointerAt(node, RIGHT_AT));
  }
  return [...signals].sort((a, b) => a - b);
}

/**
 * Without symbols (distributions strip them): the root is a pointer among libuv's zero-initialised data, and what it
 * points to is unmistakable. That nothing is found means "no watcher" only if the watcher that every default loop
 * carries inside itself is found by the same layout in the same data.
 */
function searchTree(memory: ProcessMemory, { zeroed, maps }: Libuv): number[] | undefined {
  if (zeroed.size > MAX_ZEROED_BYTES) return undefined;
  const start = zeroed.address - (zeroed.address % 8);
  const data = memory.read(start, zeroed.size - (zeroed.size % 8));
  if (!data) return undefined;
  let layoutHolds = false;
  const writable = maps.filter((mapping) => mapping.writable);
  for (let at = 0; at + 8 <= data.length; at += 8) {
    const value = pointerAt(data, at);
    if (value === 0) continue;
    layoutHolds ||= isLoopsOwnWatcher(data, start, at, value);
    if (value % 8 !== 0 || !within(writable, value) || !isTop(memory, value)) continue;
    const signals = walk(memory, value);
    if (signals) return signals;
  }
  return layoutHolds ? [] : undefined;
}

/** Is `at` the `loop` field of a signal watcher that lies in the loop it names? */
function isLoopsOwnWatcher(data: Buffer, start: number, at: number, loop: number): boolean {
  const watcher = start + at - LOOP_AT;
  if (loop < start || loop >= watcher || watcher - loop > LOOP_BYTES) return false;
  const type = at - LOOP_AT + TYPE_AT;
  return type + 4 <= data.length && data.readInt32LE(type) === TYPE_SIGNAL;
}

/** A black node without a parent, as the top of a red-black tree is. */
function isTop(memory: ProcessMemory, address: number): boolean {
  const node = memory.read(address, NODE_BYTES);
  if (!node || node.readInt32LE(TYPE_AT) !== TYPE_SIGNAL) return false;
  return (
    pointerAt(node, LOOP_AT) !== 0 && pointerAt(node, PARENT_AT) === 0 && node.readInt32LE(COLOR_AT) === 0
  );
}

/** Mappings come ascending. */
function within(mappings: readonly Mapping[], address: number): boolean {
  let low = 0;
  let high = mappings.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const mapping = mappings[middle];
    if (!mapping) return false;
    if (address < mapping.start) high = middle - 1;
    else if (address >= mapping.end) low = middle + 1;
    else return true;
  }
  return false;
}
