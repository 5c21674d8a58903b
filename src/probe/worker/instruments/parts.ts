/** What the two halves of the Worker's instruments give each other; see src/probe/instrument/hook.ts for the main thread's. */
import type { HookReport, UndoReport } from '../../instrumentProtocol.js';
import type { WorkerFunction } from '../functions.js';

/** reach/: which functions are hooked, and how. Owns install, verification, pauses, lifetimes, undo. */
export interface HookKeeper {
  readonly functions: Record<string, WorkerFunction>;
  report(hook: number): HookReport | undefined;
  all(): readonly HookReport[];
  expiresInMs(hook: number): number;
  pauses(): number;
  /** Removes hooks for a reason that people read, e.g. the governor's; emits `instrument.hook` for each. */
  remove(hooks: readonly number[], why: string): Promise<UndoReport>;
  /** The probe is letting go: undoes all before the session is disconnected. Never rejects. */
  shutdown(): Promise<void>;
}

/** recording/: observers, the ring, the governor. */
export interface Recorder {
  readonly functions: Record<string, WorkerFunction>;
  /** A hook has gone: observers that have none left end with `why`. */
  forget(hook: number, why: 'expired' | 'budget' | 'undone'): void;
  /** Milliseconds that a hook has cost so far. */
  costMs(hook: number): number;
  /** A hook is installed: the governor learns its price. */
  learn(report: HookReport): void;
  shutdown(): void;
}
