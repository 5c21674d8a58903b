import { IDLE_NAME, type StackNode, type StackTree } from '../../wire/index.js';
import type { Target } from '../types.js';
import { pendingEvery } from './limits.js';

interface Facts {
  readonly type?: unknown;
  readonly local?: unknown;
  readonly remote?: unknown;
  readonly host?: unknown;
  readonly command?: unknown;
}

interface Group {
  readonly type?: unknown;
  readonly details?: readonly Facts[];
}

/** Of each kind so many are looked at. */
const DETAILS = 30;
const LABELS = 200;
const LONGEST = 120;
const NOTHING = '(waiting for new work: nothing was pending)';
const TIMER = '(waiting for timer)';
/** Handles that every process has, or that wait for who may come, not for an answer. */
const ALWAYS = /^(Server|MessagePort|Pipe|TTY|ReadStream|WriteStream|Signal|FSEvent|StatWatcher|Worker)$/;
const FILE = /^FSReq/;
const LOOKUP = /^GetAddrInfoReq|^GetNameInfoReq|^QueryReq/;

/**
 * What a process waits for while its main thread is idle: the requests and outgoing connections that are open are looked
 * at a few times a second, and idle time is split evenly among those seen. It tells whom the process waited for; which of
 * its functions did is what Awaited sees.
 */
export class PendingWork {
  readonly #target: Target;
  readonly #seen = new Map<string, number>();
  #timer: NodeJS.Timeout | undefined;
  #asking = false;

  constructor(target: Target) {
    this.#target = target;
    this.start();
  }

  start(): void {
    this.#timer ??= setInterval(() => void this.#ask(), pendingEvery.value);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** Hands the idle time that is in the tree to what was pending since the last call. */
  spread(tree: StackTree): void {
    const idle = idleNode(tree);
    if (!idle || this.#seen.size === 0) return;
    let shares = 0;
    for (const share of this.#seen.values()) shares += share;
    const total: [number, number] = [0, 0];
    for (const [samples, nanos] of idle.self.values()) {
      total[0] += samples;
      total[1] += nanos;
    }
    idle.self.clear();
    // In whole samples, of which none is lost on the way.
    let [doneShares, doneSamples] = [0, 0];
    for (const [label, share] of this.#seen) {
      doneShares += share;
      const upTo = Math.round((total[0] * doneShares) / shares);
      const node = tree.child(idle, { functionName: label, url: '', line: 0, column: 0 });
      tree.add(node, 0, upTo - doneSamples, (total[1] * share) / shares);
      doneSamples = upTo;
    }
    this.#seen.clear();
  }

  async #ask(): Promise<void> {
    // A busy thread does not wait for anything; it must not find a queue of our questions either.
    if (this.#asking || this.#target.closed.aborted) return;
    this.#asking = true;
    try {
      this.#note(await this.#target.main('handles', { details: DETAILS }, { timeoutMs: 5000 }));
    } catch {
      // One look less.
    } finally {
      this.#asking = false;
    }
  }

  #note(answer: unknown): void {
    const labels = pendingLabels(answer);
    for (const label of labels) {
      if (this.#seen.has(label) || this.#seen.size < LABELS) {
        this.#seen.set(label, (this.#seen.get(label) ?? 0) + 1 / labels.length);
      }
    }
  }
}

function idleNode(tree: StackTree): StackNode | undefined {
  for (const node of tree.root.children.values()) if (node.place.functionName === IDLE_NAME) return node;
  return undefined;
}

/** From the probe's list of handles and requests, which is anything: what is waited for, never nothing. */
export function pendingLabels(answer: unknown): string[] {
  const { handles, requests, resources } = (answer ?? {}) as Record<string, unknown>;
  const own = new Set(
    factsOf(handles)
      .filter(isServer)
      .map(({ local }) => portOf(local)),
  );
  const labels = new Set<string>();
  for (const facts of factsOf(requests)) labels.add(requestLabel(facts));
  for (const facts of factsOf(handles)) {
    const label = handleLabel(facts, own);
    if (label !== undefined) labels.add(label);
  }
  if (labels.size > 0) return [...labels];
  const timers = ((resources ?? {}) as Record<string, unknown>).Timeout;
  return [typeof timers === 'number' && timers > 0 ? TIMER : NOTHING];
}

function factsOf(groups: unknown): Facts[] {
  if (!Array.isArray(groups)) return [];
  return (groups as (Group | null)[]).flatMap((group) =>
    Array.isArray(group?.details) ? group.details : [],
  );
}

function requestLabel({ type, host }: Facts): string {
  const kind = String(type);
  if (LOOKUP.test(kind)) return `(waiting for DNS${host ? ` of ${short(host)}` : ''})`;
  return FILE.test(kind) ? '(waiting for file system)' : `(waiting for ${short(kind)})`;
}

function handleLabel({ type, local, remote, command }: Facts, own: ReadonlySet<string>): string | undefined {
  const kind = String(type);
  if (kind === 'ChildProcess') return `(waiting for child process ${short(command ?? '')})`;
  // A client of ours that may send the next request, or not, is no answer that we wait for.
  if (typeof remote === 'string')
    return own.has(portOf(local)) ? undefined : `(waiting for ${short(remote)})`;
  return ALWAYS.test(kind) || /Socket$/.test(kind) || kind.endsWith('Server')
    ? undefined
    : `(waiting for ${short(kind)})`;
}

function isServer({ type, local, remote }: Facts): boolean {
  return remote === undefined && typeof local === 'string' && /Server$/.test(String(type));
}

function portOf(address: unknown): string {
  return String(address).replace(/^.*:/, '');
}

function short(value: unknown): string {
  return String(value).slice(0, LONGEST);
}
