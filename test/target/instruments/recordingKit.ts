/**
 * Makes this process a target of its own: the mark, the built `main` and `instrument` bundles, and wrappers that a case
 * drives directly. Runs in a child on each Node major; no attach.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import vm from 'node:vm';
import { makeMark } from '../../../src/probe/boot/boot.js';
import type { AnyFunction, Hook, InstrumentContext, Recording } from '../../../src/probe/instrument/hook.js';
import type {
  CallRecord,
  CompiledText,
  HookSpec,
  ObserverSpec,
} from '../../../src/probe/instrumentProtocol.js';
import { FIRST_OBSERVER } from '../../../src/probe/layout.js';
import { observeText } from '../../../src/probe/worker/instruments/observeText.js';
import { RingReader } from '../../../src/probe/worker/instruments/ringReader.js';
import { Slots } from '../../../src/probe/worker/instruments/slots.js';

const RING_BYTES = Number(process.env.RING_BYTES ?? 1024 * 1024);

interface Mark {
  readonly shared: SharedArrayBuffer;
  context: InstrumentContext;
  call(name: string, params: unknown): string;
  add(functions: object): void;
  end(): void;
}

interface Bundle {
  install(): string;
  makeRecording(context: InstrumentContext): { recording: Recording; functions: object };
}

function bundle(name: string): Bundle {
  const file = fileURLToPath(new URL(`../../../src/probe/${name}.bundle.js`, import.meta.url));
  return vm.runInThisContext(`(()=>{${readFileSync(file, 'utf8')};return remoraProbe})()`, {
    filename: '',
  }) as Bundle;
}

const mark = makeMark((id) => process.getBuiltinModule(id), 'recording test', RING_BYTES) as unknown as Mark;
bundle('main').install();
const context: InstrumentContext = { ...mark.context, hooks: new Map(), shared: mark.shared };
const made = bundle('instrument').makeRecording(context);
mark.add(made.functions);

export const { recording } = made;
export const { shared } = mark;
export const slots = new Slots(mark.shared);
export const ring = new RingReader(mark.shared);
export const flags = new Int32Array(mark.shared);
export const endMark = (): void => mark.end();

export function call<T>(name: string, params: unknown): T {
  return (JSON.parse(mark.call(name, params)) as { value: T }).value;
}

let hooks = 0;
let observers = 0;

export function makeHook(shape: Partial<HookSpec['shape']> = {}, isNative = false, id = hooks + 1): Hook {
  hooks = id;
  const place = { line: 0, column: 0 };
  const hook: Hook = {
    spec: {
      hook: id,
      className: 'cart.js',
      methodName: 'total',
      script: { scriptId: '1', url: '', path: '', isModule: false },
      ...(isNative ? {} : { source: { tail: '', length: 0, start: place, body: place, end: place } }),
      shape: {
        kind: 'function',
        isAsync: false,
        isGenerator: false,
        isStatic: false,
        isPrivate: false,
        key: '',
        ...shape,
      },
      plan: [],
      lifetimeMs: 600_000,
    },
    inside: false,
    undo: [],
  };
  context.hooks.set(id, hook);
  return hook;
}

export function undo(hook: Hook): void {
  for (const step of hook.undo.splice(0).reverse()) step();
  context.hooks.delete(hook.spec.hook);
  recording.forget(hook);
}

export function text(source: string, more: Partial<CompiledText> = {}): CompiledText {
  return { source, files: [], atEntry: false, fuel: 1000, name: '', ...more };
}

export interface Watch {
  readonly id: number;
  readonly slot: number;
  stop(): void;
}

/** Observes as the Worker does: by one evaluation. */
export function observe(hook: Hook | readonly Hook[], spec: Partial<ObserverSpec> = {}): Watch {
  observers += 1;
  const id = observers;
  const all = ([] as Hook[]).concat(hook);
  const full: ObserverSpec = {
    observer: id,
    kind: 'watch',
    hooks: all.map((each) => each.spec.hook),
    points: ['finish'],
    express:
      spec.kind === undefined || spec.kind === 'watch' ? text('[params,returnObj,throwExp]') : undefined,
    limits: { depth: 3, items: 100, string: 1000, bytes: 100_000, time: 1000 },
    hits: 0,
    rate: 0,
    frames: 20,
    ...spec,
  };
  const slot = FIRST_OBSERVER + (id % 60);
  vm.runInThisContext(observeText(full, slot));
  return { id, slot, stop: () => void call('engineUnobserve', { observer: id }) };
}

export function records(): CallRecord[] {
  return ring.read(Number.POSITIVE_INFINITY).map((each) => JSON.parse(each) as CallRecord);
}

export function wrap<F extends (...args: never[]) => unknown>(hook: Hook, original: F): F {
  return recording.wrap(hook, original as unknown as AnyFunction) as unknown as F;
}

/** A hook, its wrapper and one observer. */
export function watched<F extends (...args: never[]) => unknown>(
  original: F,
  spec: Partial<ObserverSpec> = {},
): { hook: Hook; fn: F; watch: Watch } {
  const hook = makeHook();
  const fn = wrap(hook, original);
  return { hook, fn, watch: observe(hook, spec) };
}

type Case = readonly [name: string, run: () => void | Promise<void>];

/** Runs the cases one after the other; each is one line of JSON. */
export async function runCases(cases: readonly Case[]): Promise<void> {
  for (const [name, run] of cases) {
    let failed: string | undefined;
    try {
      await run();
    } catch (error) {
      const { stack, cause } = (error ?? {}) as Error;
      failed = `${stack ?? error}\n${(cause as Error | undefined)?.stack ?? ''}`;
    }
    records();
    console.log(JSON.stringify({ name, failed }));
  }
  console.log('done');
}
