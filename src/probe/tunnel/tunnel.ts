/**
 * The tunnel script of the main thread (`tt`): installed on the first call that is kept, on top of the main script. Kept
 * are live values, as in the reference: an expression or a replay sees them as they are now.
 */
import type * as Timers from 'node:timers';
import type * as Util from 'node:util';
import { FAILURE_LIMITS, failureText } from '../instrument/recording/failure.js';
import type { Factory } from '../instrument/recording/observer.js';
import type { ObserverSpec } from '../instrumentProtocol.js';
import type { Runtime } from '../main/evaluate.js';
import type { MainContext, MainFunction } from '../main/functions.js';
import type { RenderLimits } from '../main/render.js';
import type { KeptCall, TunnelLimits, TunnelPage } from './fragment.js';
import { FragmentWriter } from './fragmentText.js';
import { replay } from './replay.js';
import { type Kept, Store } from './store.js';
import { makeWeigher } from './weigh.js';

interface Mark {
  readonly context?: MainContext;
  readonly tools?: {
    readonly renderer: (limits: RenderLimits) => (value: unknown, name?: string) => string;
    readonly runtime?: (limits: { readonly fuel: number; readonly untimed?: boolean }) => Runtime;
  };
  add?: (functions: Record<string, MainFunction>) => void;
  call?: (name: string, params: unknown) => string;
  tunnel?: boolean;
}

/** Of one page: frames between agent and process have a limit, too. */
const PAGE_CHARACTERS = 1024 * 1024;

interface PageParams {
  readonly from: number;
  readonly limits: RenderLimits;
  /** The main thread is given back after so many milliseconds. */
  readonly ms: number;
}

interface SearchParams extends PageParams {
  readonly fuel: number;
  /** Only this record. */
  readonly only?: number;
  readonly conditionFiles?: readonly string[];
  readonly expressFiles?: readonly string[];
  /** The name that the express reads from, for redaction. */
  readonly name?: string;
}

/** Adds the functions to the mark. Returns the names of them. */
export function install(): string {
  const mark = (globalThis as Record<symbol, unknown>)[Symbol.for('remora.probe')] as Mark | undefined;
  const { context, tools } = mark ?? {};
  if (!mark?.add || !context || !tools) throw new Error('the probe has been let go');
  if (mark.tunnel) return '[]';
  mark.tunnel = true;
  const { types } = context.builtin<typeof Util>('node:util');
  const turns = context.builtin<typeof Timers>('node:timers');
  const { performance } = globalThis;
  const now = performance.now.bind(performance);
  const writer = new FragmentWriter(tools.renderer);
  const renderFailure = tools.renderer(FAILURE_LIMITS);
  const store = new Store({
    weigh: makeWeigher(types, now),
    now,
    later(work, ms) {
      const timer = turns.setTimeout(work, ms);
      timer.unref();
      return () => turns.clearTimeout(timer);
    },
  });
  context.onUndo(() => void store.clear());

  context.expose('keep', (call: KeptCall, spec: ObserverSpec): string => {
    const { kept, isKept, evicted } = store.add(call, spec.parameters?.[call.hook.hook] ?? []);
    const more = `${isKept ? '' : ',"unkept":true'}${evicted > 0 ? `,"evicted":${evicted}` : ''}`;
    return writer.text(call, kept, spec.limits, more);
  });

  /** Records until the time is over, `text` undefined = not this one. */
  function page({ from, ms }: PageParams, text: (kept: Kept) => string | undefined): TunnelPage {
    const deadline = now() + ms;
    const records: string[] = [];
    let characters = 0;
    let looked = 0;
    for (const kept of store.from(from)) {
      if (looked > 0 && (now() > deadline || characters > PAGE_CHARACTERS)) {
        return { records, next: kept.index };
      }
      looked += 1;
      const one = text(kept);
      if (one === undefined) continue;
      characters += one.length;
      records[records.length] = one;
    }
    return { records };
  }

  /** By an evaluation of the agent's, which carries the texts as functions. → TunnelPage as JSON. */
  context.expose(
    'tunnelSearch',
    (
      params: SearchParams,
      factories: { readonly condition?: Factory; readonly express?: Factory },
    ): string => {
      mark.call?.('prepareExpressions', null);
      const runtime = tools.runtime?.({ fuel: 0, untimed: true });
      if (!runtime) throw new Error('the probe has been let go');
      const condition = factories.condition?.(runtime, params.conditionFiles ?? []);
      const express = factories.express?.(runtime, params.expressFiles ?? []);
      const ask = (run: NonNullable<typeof condition>, { call }: Kept): unknown => {
        runtime.fuel = params.fuel;
        runtime.made.clear();
        const { self, returned, thrown, clazz, method, threw, cost, settle } = call;
        const whole = settle >= 0 ? settle / 1e6 : cost;
        return run(call.params, self, returned, thrown, clazz, method, false, threw, !threw, whole);
      };
      let failures = 0;
      let failure = '';
      const result = page(params, (kept) => {
        if (params.only !== undefined && kept.index !== params.only) return undefined;
        try {
          if (condition && ask(condition, kept) !== true) return undefined;
        } catch (error) {
          failures += 1;
          if (failure === '') failure = failureText(renderFailure(error));
          return undefined;
        }
        if (!express) return writer.text(kept.call, kept, params.limits);
        let watched: string;
        try {
          watched = `"watch":${tools.renderer(params.limits)(ask(express, kept), params.name ?? '')}`;
        } catch (error) {
          watched = `"failed":${JSON.stringify(failureText(renderFailure(error)))}`;
        }
        return `{"index":${kept.index},${watched}}`;
      });
      return JSON.stringify({ ...result, failures, failure });
    },
  );

  const functions: Record<string, MainFunction> = {
    /** TunnelLimits → `{}`. */
    tunnelOpen(params) {
      store.setLimits(params as TunnelLimits);
      return {};
    },
    tunnelState: () => store.state,
    /** PageParams → TunnelPage. */
    tunnelPage: (params) =>
      page(params as PageParams, (kept) => writer.text(kept.call, kept, (params as PageParams).limits)),
    /** `{index, limits}` → Fragment as JSON, null when there is none. */
    tunnelShow(params) {
      const { index, limits } = params as { index: number; limits: RenderLimits };
      const kept = store.get(index);
      return kept ? writer.text(kept.call, kept, limits) : null;
    },
    /** `{index, limits, waitMs}` → Fragment of the new call as JSON; null when there is none, '' when it cannot be called. */
    tunnelReplay(params) {
      const { index, limits, waitMs } = params as { index: number; limits: RenderLimits; waitMs: number };
      const kept = store.get(index);
      if (!kept) return null;
      if (!kept.call.origin) return '';
      return replay(kept.call, waitMs, types, turns).then(({ call, isUnsettled }) => {
        const more = isUnsettled ? `,"unsettledMs":${waitMs}` : '';
        return writer.text(call, kept, limits, more);
      });
    },
    /** `{index}` → whether it was there. */
    tunnelDelete: (params) => store.delete((params as { index: number }).index),
    /** `{}`: all, `{classes}`: those of these classes. → how many went. */
    tunnelClear(params) {
      const { classes } = params as { classes?: readonly string[] };
      return store.clear(classes && (({ call }) => classes.includes(call.hook.className)));
    },
    /** → className of each that has records. */
    tunnelClasses() {
      const classes = new Set<string>();
      for (const { call } of store.from(0)) classes.add(call.hook.className);
      return [...classes];
    },
  };
  mark.add(functions);
  return JSON.stringify(Object.keys(functions));
}
