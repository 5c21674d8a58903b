/**
 * Calls the specimens of a zoo and checks from inside what an application would notice: results, thrown errors, `this`,
 * `new.target`, unhandled rejections, identities, descriptors. Steered by lines of JSON on the standard input; each is
 * answered by one line on the standard output.
 */
import { createServer } from 'node:http';
import { createInterface } from 'node:readline';

/** Where a function is held: a property, or something that only the specimens' own module can read. */
export type Slot = { readonly of: object; readonly key: PropertyKey } | { readonly read: () => unknown };

export interface Specimen {
  readonly kind: string;
  /** How an operator names it. */
  readonly name: string;
  /** Default: the module of the specimens. */
  readonly module?: string;
  /** Calls it as an application would. Throws (or rejects with) `a` when that is an error. */
  readonly call: (a: unknown, b: number) => unknown;
  readonly slot: () => Slot;
  /** Default: a * 100 + b. */
  readonly value?: (a: number, b: number) => unknown;
  /** The `this` it must see; not checked when absent. */
  readonly self?: () => unknown;
  readonly target?: () => unknown;
  /** How often its body runs in one call that ends well; default once. */
  readonly bodies?: number;
  /** How many arguments it must see; default 2. */
  readonly count?: number;
  /** Nothing of ours runs in it: calls are counted by the keeper, and it cannot be made to throw. */
  readonly native?: boolean;
  /** A rejection that nobody handles is reported once, with the promise that the caller was given. */
  readonly rejects?: boolean;
  /** Not called in loops: it goes through sockets or timers. */
  readonly slow?: boolean;
  /** Says what else is not as it must be. */
  readonly more?: (a: number, b: number) => readonly string[];
  /** The same, where the calls are not those that its body counts. */
  readonly uncounted?: () => readonly string[];
}

interface Seen {
  bodies: number;
  self: unknown;
  target: unknown;
  count: number;
}

const ledger = new Map<string, Seen>();
/** Arguments for functions that are not called with them: getters. */
export const post: { next: [unknown, number]; caught: unknown } = { next: [0, 0], caught: undefined };

function seenOf(kind: string): Seen {
  let seen = ledger.get(kind);
  if (!seen) {
    seen = { bodies: 0, self: undefined, target: undefined, count: 0 };
    ledger.set(kind, seen);
  }
  return seen;
}

/** What every specimen does. */
export function body(
  kind: string,
  self: unknown,
  target: unknown,
  args: ArrayLike<unknown>,
  values: ArrayLike<unknown> = args,
): number {
  const seen = seenOf(kind);
  seen.bodies += 1;
  seen.self = self;
  seen.target = target;
  seen.count = args.length;
  if (values[0] instanceof Error) throw values[0];
  return (values[0] as number) * 100 + (values[1] as number);
}

interface Request {
  readonly id: number;
  readonly do: 'specimens' | 'round' | 'counts' | 'facts' | 'unhandled' | 'speed' | 'warm' | 'exit';
  readonly kinds?: readonly string[];
  readonly times?: number;
}

const originals = new Map<string, WeakRef<object>>();
const unhandled: { reason: unknown; promise: unknown }[] = [];

/** Begins to listen; prints `ready PORT`. The server answers `/KIND?a=1&b=2` with the value of one call. */
export async function keep(specimens: readonly Specimen[]): Promise<void> {
  process.on('unhandledRejection', (reason, promise) => unhandled.push({ reason, promise }));
  for (const specimen of specimens) originals.set(specimen.kind, new WeakRef(inSlot(specimen) as object));
  createInterface({ input: process.stdin }).on('line', (line) => {
    const request = JSON.parse(line) as Request;
    void answer(request, wanted(specimens, request)).then((result) =>
      process.stdout.write(`${JSON.stringify({ id: request.id, ...result })}\n`),
    );
  });
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://zoo');
    const specimen = specimens.find(({ kind }) => `/${kind}` === pathname);
    const [a, b] = [Number(searchParams.get('a')), Number(searchParams.get('b'))];
    if (!specimen) return void response.writeHead(404).end();
    void outcome(specimen, a, b).then(({ value, thrown }) =>
      response.writeHead(thrown === undefined ? 200 : 500).end(String(thrown ?? value)),
    );
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  console.log(`ready ${typeof address === 'object' ? address?.port : 0}`);
}

function wanted(specimens: readonly Specimen[], { kinds }: Request): readonly Specimen[] {
  return kinds ? specimens.filter(({ kind }) => kinds.includes(kind)) : specimens;
}

async function answer(request: Request, specimens: readonly Specimen[]): Promise<Record<string, unknown>> {
  const times = request.times ?? 1;
  try {
    switch (request.do) {
      case 'specimens':
        return { specimens: specimens.map(({ kind, name, module }) => ({ kind, name, module })) };
      case 'round':
        return await round(specimens, times);
      case 'counts':
        return { bodies: countsOf(specimens) };
      case 'facts':
        return { facts: Object.fromEntries(specimens.map((each) => [each.kind, facts(each)])) };
      case 'unhandled':
        return {
          wrong: [
            ...(await unhandledOf(specimens.filter(({ rejects }) => rejects))),
            ...specimens.flatMap((each) => each.uncounted?.() ?? []),
          ],
        };
      case 'speed':
        return { nanoseconds: await speed(specimens, times) };
      case 'warm':
        for (const each of specimens) await warm(each, times);
        return {};
      case 'exit':
        setImmediate(() => process.exit(0));
        return {};
    }
  } catch (error) {
    return { failed: String((error as Error).stack) };
  }
}

function countsOf(specimens: readonly Specimen[]): Record<string, number> {
  return Object.fromEntries(specimens.map(({ kind }) => [kind, seenOf(kind).bodies]));
}

/** `times` calls that end well and one that throws, of each; what was wrong, and how often each body ran. */
async function round(specimens: readonly Specimen[], times: number): Promise<Record<string, unknown>> {
  const before = countsOf(specimens);
  const wrong: string[] = [];
  for (const specimen of specimens) {
    const say = (what: string) => wrong.push(`${specimen.kind}: ${what}`);
    for (let i = 1; i <= times; i += 1) {
      const { value, thrown } = await outcome(specimen, i, i + 1);
      const right = specimen.value?.(i, i + 1) ?? i * 100 + i + 1;
      if (thrown !== undefined) say(`threw ${String(thrown)}`);
      else if (value !== right) say(`returned ${String(value)}, not ${String(right)}`);
      else checkSeen(specimen, say);
      if (specimen.native) seenOf(specimen.kind).bodies += 1;
      if (wrong.length > 30) return { wrong };
    }
    if (!specimen.native) await checkThrow(specimen, say);
    for (const what of specimen.more?.(3, 4) ?? []) say(what);
  }
  const after = countsOf(specimens);
  return {
    wrong,
    bodies: Object.fromEntries(specimens.map(({ kind }) => [kind, (after[kind] ?? 0) - (before[kind] ?? 0)])),
  };
}

function checkSeen(specimen: Specimen, say: (what: string) => void): void {
  if (specimen.native) return;
  const seen = seenOf(specimen.kind);
  if (specimen.self && seen.self !== specimen.self()) say('`this` was another');
  if (seen.target !== specimen.target?.()) say('`new.target` was another');
  if (seen.count !== (specimen.count ?? 2)) say(`saw ${seen.count} arguments`);
}

async function checkThrow(specimen: Specimen, say: (what: string) => void): Promise<void> {
  const error = new Error('zoo');
  const { thrown } = await outcome(specimen, error, 0);
  if (thrown !== error) say(`threw ${String(thrown)} and not the very error`);
}

type Outcome = { readonly value?: unknown; readonly thrown?: unknown };

let slowOnes: Promise<unknown> = Promise.resolve();

function outcome(specimen: Specimen, a: unknown, b: number): Promise<Outcome> {
  if (!specimen.slow) return outcomeOf(specimen, a, b);
  const turn = slowOnes.then(() => outcomeOf(specimen, a, b));
  slowOnes = turn;
  return turn;
}

async function outcomeOf(specimen: Specimen, a: unknown, b: number): Promise<Outcome> {
  try {
    const value = specimen.call(a, b);
    return { value: isPromise(value) ? await value : value };
  } catch (thrown) {
    return { thrown };
  }
}

function isPromise(value: unknown): value is Promise<unknown> {
  return value instanceof Promise;
}

async function unhandledOf(specimens: readonly Specimen[]): Promise<readonly string[]> {
  const wrong: string[] = [];
  for (const specimen of specimens) {
    const reason = new Error(`nobody handles ${specimen.kind}`);
    unhandled.length = 0;
    const promise = specimen.call(reason, 0);
    for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    const own = unhandled.filter((each) => each.reason === reason);
    if (own.length !== 1) wrong.push(`${specimen.kind}: ${own.length} unhandled rejections, not 1`);
    else if (own[0]?.promise !== promise) wrong.push(`${specimen.kind}: another promise was unhandled`);
  }
  return wrong;
}

function inSlot(specimen: Specimen): unknown {
  const slot = specimen.slot();
  if ('read' in slot) return slot.read();
  const { value, get, set } = Object.getOwnPropertyDescriptor(slot.of, slot.key) ?? {};
  return value ?? get ?? set;
}

const flags = ({ value, get, set, ...rest }: PropertyDescriptor) =>
  `${Object.entries(rest)
    .filter(([, on]) => on)
    .map(([name]) => name)
    .sort()
    .join(' ')} ${typeof value} ${typeof get} ${typeof set}`;

/** Everything about the function in its slot that somebody could see. */
function facts(specimen: Specimen): Record<string, unknown> {
  const slot = specimen.slot();
  const fn = inSlot(specimen) as object;
  const keys = Reflect.ownKeys(fn).map((key) => {
    const descriptor = Object.getOwnPropertyDescriptor(fn, key) as PropertyDescriptor;
    return `${String(key)}: ${flags(descriptor)}${key === 'name' || key === 'length' ? ` ${descriptor.value}` : ''}`;
  });
  const around =
    'of' in slot
      ? {
          descriptor: flags(Object.getOwnPropertyDescriptor(slot.of, slot.key) as PropertyDescriptor),
          siblings: Reflect.ownKeys(slot.of).map(String),
        }
      : {};
  return {
    text: Function.prototype.toString.call(fn),
    shown: String(fn),
    keys,
    same: fn === originals.get(specimen.kind)?.deref(),
    prototype: Object.getPrototypeOf(fn) === Function.prototype,
    ...around,
  };
}

async function warm(specimen: Specimen, times: number): Promise<void> {
  for (let i = 0; i < (specimen.slow ? 3 : times); i += 1) {
    if (specimen.slow) {
      await outcome(specimen, i, 1);
      continue;
    }
    const value = specimen.call(i, 1);
    // One at a time, as a caller would; the others would fill the memory.
    if (isPromise(value) && i % 64 === 0) await value;
  }
}

/** Nanoseconds a call, best of five, of those that answer at once. */
async function speed(specimens: readonly Specimen[], times: number): Promise<Record<string, number>> {
  const figures: Record<string, number> = {};
  for (const specimen of specimens) {
    if (specimen.slow || isPromise(specimen.call(1, 2))) continue;
    let best = Number.POSITIVE_INFINITY;
    for (let sample = 0; sample < 5; sample += 1) {
      const start = process.hrtime.bigint();
      for (let i = 0; i < times; i += 1) specimen.call(i, 1);
      best = Math.min(best, Number(process.hrtime.bigint() - start) / times);
    }
    figures[specimen.kind] = best;
    await new Promise((resolve) => setImmediate(resolve));
  }
  return figures;
}
