import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { attachToProcess } from './attach/attach.js';
import { isGone } from './attach/gone.js';
import type { ForeignPeer } from './attach/inspectorWindow.js';
import { closeLeftInspectors } from './attach/lateInspector.js';
import { SignalMemory } from './attach/signalMemory.js';
import { AttachedTarget } from './attachedTarget.js';
import { targetErrors } from './errors.js';
import { findProcess, type ListContext, listProcesses, readProcess } from './find/index.js';
import { targetsAtOnce } from './limits.js';
import type { AttachOptions, ProcessInfo, Target } from './types.js';

export interface TargetsOptions {
  /** Names this agent to a second one that finds its mark. */
  readonly owner: string;
  /** A folder of this agent's alone (0700), kept over restarts. */
  readonly folder: string;
  /** Pids of Remora's own processes beside this one. */
  readonly ownPids?: () => Iterable<number>;
  /** Absolute paths of Remora's own scripts, as command lines may name them. */
  readonly ownScripts?: ReadonlySet<string>;
  onForeignPeer?(process: ProcessInfo, peers: readonly ForeignPeer[]): void;
  /** What happens to targets, for the log and the audit. */
  onChange?(what: 'attached' | 'let-go', target: Target, reason: string): void;
}

/** The processes of this host, and those of them that are attached now. */
export class Targets {
  readonly #options: TargetsOptions;
  readonly #memory: SignalMemory;
  readonly #attached = new Map<number, Target>();
  #closed = false;
  readonly #attaching = new Map<number, Promise<Target>>();

  constructor(options: TargetsOptions) {
    this.#options = options;
    this.#memory = new SignalMemory(join(options.folder, 'signalled'));
  }

  /** Every Node.js process found, Remora's own among them. */
  list(): Promise<ProcessInfo[]> {
    return listProcesses(this.#listContext());
  }

  attached(): readonly Target[] {
    return [...this.#attached.values()];
  }

  isTarget(pid: number): boolean {
    return this.#attached.has(pid);
  }

  /** The process that a selector means; without one, by the rules of DESIGN 3, "Words". Rejects with the candidates. */
  async resolve(selector: string | undefined): Promise<ProcessInfo> {
    if (selector !== undefined && /^\d{1,7}$/.test(selector.trim())) {
      const info = await readProcess(Number(selector), this.#listContext());
      if (info) return info;
    }
    return findProcess(selector, await this.list(), { uid: process.getuid?.() ?? -1 });
  }

  async attach(selector: string | undefined, options: AttachOptions = {}): Promise<Target> {
    if (this.#closed) throw targetErrors.closing();
    const info = await this.resolve(selector);
    const existing = this.#attached.get(info.pid);
    if (existing) return existing;
    let attaching = this.#attaching.get(info.pid);
    if (!attaching) {
      attaching = this.#attach(info, options).finally(() => this.#attaching.delete(info.pid));
      this.#attaching.set(info.pid, attaching);
    }
    return await attaching;
  }

  #listContext(): ListContext {
    return {
      ownPids: new Set([process.pid, ...(this.#options.ownPids?.() ?? [])]),
      attachedPids: new Set(this.#attached.keys()),
      ownScripts: this.#options.ownScripts,
    };
  }

  async #attach(info: ProcessInfo, options: AttachOptions): Promise<Target> {
    if (!info.attachable && !options.force) {
      if (isGone(info)) throw targetErrors.gone(info.pid);
      throw targetErrors.notAttachable(info.pid, info.reason ?? 'unknown');
    }
    if (this.#attached.size >= targetsAtOnce.value) throw targetErrors.tooMany(targetsAtOnce.value);
    const { channel, notices } = await attachToProcess(info, options, {
      owner: this.#options.owner,
      memory: this.#memory,
      onForeignPeer: (process, peers) => this.#options.onForeignPeer?.(process, peers),
    }).catch(async (error: unknown) => {
      // Whatever failed first, this is why; a process takes a moment to exit.
      for (let look = 0; look < 10 && !isGone(info); look += 1) await sleep(20);
      throw isGone(info) ? targetErrors.gone(info.pid) : error;
    });
    const target = new AttachedTarget(info, channel, notices);
    this.#attached.set(info.pid, target);
    this.#options.onChange?.('attached', target, '');
    target.closed.addEventListener('abort', () => {
      this.#attached.delete(info.pid);
      this.#options.onChange?.('let-go', target, (target.closed.reason as Error).message);
    });
    return target;
  }

  /** Closes inspectors that an agent killed in the middle of an attach left open. Returns their pids. */
  async closeLeftInspectors(): Promise<number[]> {
    const processes = await this.list();
    return await closeLeftInspectors(this.#memory, async (pid) => processes.find((info) => info.pid === pid));
  }

  /** Lets go of all. */
  async close(reason: string): Promise<void> {
    this.#closed = true;
    await Promise.allSettled(this.#attaching.values());
    await Promise.all(this.attached().map((target) => target.letGo(reason)));
  }
}
