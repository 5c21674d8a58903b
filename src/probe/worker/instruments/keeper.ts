import type { CopySpec, HookReport, HookSpec, UndoReport } from '../../instrumentProtocol.js';
import { FLAG } from '../../layout.js';
import type { WorkerContext } from '../functions.js';
import { Breakpoints } from './breakpoints.js';
import { calleesSeen } from './callees.js';
import { Engine } from './engine.js';
import { HookRun } from './hookRun.js';
import type { Run, Tools } from './hookState.js';
import { LineRun } from './lineRun.js';
import { longScripts } from './longScripts.js';
import type { HookKeeper, Recorder } from './parts.js';
import { Pauser } from './pauser.js';
import { Slots } from './slots.js';
import { Variables } from './variables.js';

/** Between two looks at what conditions have found. */
const LOOK_MS = 10;
/** How long constants wait for the main thread's next turn, when all is over. */
const PATIENCE_MS = 20_000;
/** Between two looks at lifetimes. */
const LIFETIME_MS = 250;

interface Kept {
  readonly run: Run;
  expires: number;
  /** It is being undone, which takes another moment: why. */
  leaving?: string;
  /** What was said of it when it was put to rest. */
  atRest?: HookReport;
  price?: HookReport['price'];
}

/** Which functions are hooked: installs, watches over and removes, one thing at a time. */
export function makeKeeper(context: WorkerContext, recorder: () => Recorder): HookKeeper {
  const { main, flags, emit } = context;
  const engine = new Engine(main);
  const pauser = new Pauser(main);
  const tools: Tools = {
    main,
    engine,
    pauser,
    breakpoints: new Breakpoints(main, context.debugger),
    variables: new Variables(main, context.debugger, engine, pauser),
    longScripts: longScripts(main),
  };
  const slots = new Slots(context.shared);
  const hooks = new Map<number, Kept>();
  let queue: Promise<unknown> = Promise.resolve();
  let looker: NodeJS.Timeout | undefined;
  let lifetimes: NodeJS.Timeout | undefined;
  let looking = false;
  let closing = false;

  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = queue.then(() => {
      if (closing) throw new Error('the probe is letting go');
      return work();
    });
    queue = done.catch(() => undefined);
    return done;
  }

  function reportOf({ run, price, atRest }: Kept): HookReport {
    return atRest ?? (price ? { ...run.report, price } : run.report);
  }

  function awake(): Kept[] {
    return [...hooks.values()].filter(({ atRest }) => !atRest);
  }

  function watch(): void {
    const armed = awake().some(({ run }) => run.isWatched);
    if (armed) looker ??= setInterval(look, LOOK_MS);
    else {
      clearInterval(looker);
      looker = undefined;
    }
    if (hooks.size > 0) lifetimes ??= setInterval(expire, LIFETIME_MS);
    else {
      clearInterval(lifetimes);
      lifetimes = undefined;
    }
  }

  function look(): void {
    if (looking) return;
    const told = Atomics.exchange(flags, FLAG.reach, 0) === 1;
    const due = awake().filter(({ run }) => run.isDue || (told && run.isArmed));
    const copying = told ? awake().filter(({ run }) => run.copies?.isOn) : [];
    if (due.length === 0 && copying.length === 0) return;
    looking = true;
    void inTurn(async () => {
      const isAwake = (kept: Kept): boolean => hooks.has(kept.run.spec.hook) && !kept.atRest;
      for (const kept of due) if (isAwake(kept)) await lookAt(kept);
      for (const kept of copying) if (isAwake(kept)) await lookAtCopies(kept);
    })
      .catch(() => undefined)
      .finally(() => {
        looking = false;
        watch();
      });
  }

  async function lookAt(kept: Kept): Promise<void> {
    try {
      if (!(await kept.run.look())) return;
      if (kept.run.report.state === 'removed') {
        void removeAll([kept.run.spec.hook], '', 'budget').catch(() => undefined);
        return;
      }
      await learn(kept);
    } catch (error) {
      kept.run.note(`it could not be looked at: ${firstLine(error)}`);
    }
    emit('instrument.hook', reportOf(kept));
  }

  async function lookAtCopies({ run }: Kept): Promise<void> {
    try {
      for (const report of (await run.copies?.look()) ?? []) emit('instrument.copy', report);
    } catch (error) {
      run.note(`its copies could not be looked at: ${firstLine(error)}`);
    }
  }

  /** The price is measured once there is a wrapper. */
  async function learn(kept: Kept): Promise<void> {
    const { holders, instrument } = kept.run.report;
    // Nothing stands in for it, so there is nothing to measure; what a breakpoint costs is known.
    if (instrument === 'breakpoint') recorder().learn(reportOf(kept));
    if (kept.price || holders.reached === 0) return;
    try {
      kept.price = await tools.engine.call<HookReport['price']>('engineCalibrate', {
        hook: kept.run.spec.hook,
      });
    } catch (error) {
      kept.run.note(`its price could not be measured: ${firstLine(error)}`);
    }
    recorder().learn(reportOf(kept));
  }

  function expire(): void {
    const now = performance.now();
    const kept = [...hooks.values()];
    const left = kept.filter(({ leaving }) => leaving !== undefined).map(({ run }) => run.spec.hook);
    if (left.length > 0) void removeAll(left, '', 'undone').catch(() => undefined);
    const over = kept
      .filter(({ expires, leaving }) => leaving === undefined && expires < now)
      .map(({ run }) => run.spec.hook);
    if (over.length > 0) void removeAll(over, 'its lifetime is over', 'expired').catch(() => undefined);
  }

  function removeAll(
    ids: readonly number[],
    why: string,
    end: 'expired' | 'budget' | 'undone',
  ): Promise<UndoReport> {
    return inTurn(async () => {
      const undone: number[] = [];
      const later: number[] = [];
      const started = performance.now();
      for (const id of ids) {
        const kept = hooks.get(id);
        if (!kept) continue;
        kept.atRest = undefined;
        const clean = await kept.run.undo();
        (clean ? undone : later).push(id);
        if (clean) hooks.delete(id);
        if (kept.leaving !== undefined) continue;
        kept.leaving = why;
        if (why !== '') kept.run.note(why);
        const costMs = recorder().costMs(id);
        recorder().forget(id, end);
        if (end !== 'undone') emit('instrument.hook', { ...reportOf(kept), costMs });
      }
      watch();
      return { undone, later, stallMs: performance.now() - started };
    });
  }

  return {
    functions: {
      /** HookSpec → HookReport. */
      instrumentHook(params) {
        const spec = params as HookSpec;
        return inTurn(async () => {
          if (hooks.has(spec.hook)) throw new Error(`hook ${spec.hook} is in use`);
          const run = spec.line ? new LineRun(spec, tools, slots) : new HookRun(spec, tools);
          const kept: Kept = { run, expires: performance.now() + spec.lifetimeMs };
          try {
            await kept.run.install();
          } catch (error) {
            await kept.run.undo().catch(() => undefined);
            throw error;
          }
          if (kept.run.report.state === 'cannot') {
            await kept.run.undo();
            return { ...kept.run.report, state: 'cannot' };
          }
          hooks.set(spec.hook, kept);
          await learn(kept);
          watch();
          return reportOf(kept);
        });
      },
      /** `{hooks}` → UndoReport. */
      instrumentUnhook: (params) =>
        removeAll((params as { hooks: number[] }).hooks, 'it was removed', 'undone'),
      /** `{hooks, isResting}` → `{}`. */
      instrumentRest(params) {
        const { hooks: ids, isResting } = params as { hooks: number[]; isResting: boolean };
        return inTurn(async () => {
          for (const id of ids) {
            const kept = hooks.get(id);
            if (!kept || kept.leaving !== undefined || Boolean(kept.atRest) === isResting) continue;
            if (isResting) kept.atRest = reportOf(kept);
            await (isResting ? kept.run.rest() : kept.run.wake());
            if (!isResting) kept.atRest = undefined;
          }
          watch();
          return {};
        });
      },
      /** TraceTable → `{}`. */
      instrumentTrace: (params) => inTurn(() => tools.engine.call('traceLearn', params as object)),
      /** `{}` → TraceCallee[]. */
      instrumentCallees: () => inTurn(() => calleesSeen(tools.engine)),
      /** `{hook, sites}` → `{}`. */
      instrumentSkip: (params) => inTurn(() => tools.engine.call('traceSkip', params as object)),
      /** CopySpec → CopyReport. */
      instrumentCopy(params) {
        const spec = params as CopySpec;
        return inTurn(async () => {
          const kept = hooks.get(spec.hook);
          const copies = kept?.leaving === undefined ? kept?.run.copies : undefined;
          if (!copies) throw new Error(`no hook ${spec.hook}`);
          try {
            return await copies.open(spec);
          } finally {
            watch();
          }
        });
      },
      /** `{hook, copy}` → `{}`. */
      instrumentUncopy(params) {
        const { hook, copy } = params as { hook: number; copy: number };
        return inTurn(async () => {
          await hooks.get(hook)?.run.copies?.drop(copy);
          watch();
          return {};
        });
      },
      /** `{hooks, lifetimeMs}` → `{}`. */
      instrumentRenew(params) {
        const { hooks: ids, lifetimeMs } = params as { hooks: number[]; lifetimeMs: number };
        for (const id of ids) {
          const kept = hooks.get(id);
          if (kept) kept.expires = performance.now() + lifetimeMs;
        }
        return {};
      },
    },
    report: (hook) => {
      const kept = hooks.get(hook);
      return kept && reportOf(kept);
    },
    all: () => [...hooks.values()].map(reportOf),
    expiresInMs: (hook) => Math.max(0, (hooks.get(hook)?.expires ?? 0) - performance.now()),
    pauses: () => tools.pauser.count,
    remove: (ids, why) => removeAll(ids, why, 'budget'),
    async shutdown() {
      closing = true;
      clearInterval(looker);
      clearInterval(lifetimes);
      // What is under way comes to its end first, unless the main thread does not answer.
      await Promise.race([queue, new Promise((done) => setTimeout(done, 500))]);
      pauser.cancel();
      const left: Run[] = [];
      for (const { run } of hooks.values()) {
        if (!(await run.undo({ quick: true }).catch(() => true))) left.push(run);
      }
      // A thread in a loop of its own is waited for: it has pass-throughs until then.
      pauser.patienceMs = PATIENCE_MS;
      for (const run of left) await run.undo().catch(() => undefined);
    },
  };
}

function firstLine(error: unknown): string {
  return String((error as Error | undefined)?.message ?? error).split('\n', 1)[0] ?? '';
}
