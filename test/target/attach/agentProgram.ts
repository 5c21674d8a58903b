/**
 * An agent as a process of its own, to be killed, frozen, or run as another user: takes JSON lines on its standard
 * input, `{id, op: 'attach' | 'main' | 'worker' | 'scripts' | 'trace' | 'trees' | 'letGo' | 'closeLeft' | 'limit', ...}`, and answers each with a JSON line.
 * Arguments: FOLDER OWNER.
 */
import { createInterface } from 'node:readline';
import { RemoraError, setLimit } from '../../../src/base/index.js';
import { instrumentsOf, type Target, Targets } from '../../../src/target/index.js';
import { scriptsOf } from '../../../src/target/scripts/index.js';

interface Order {
  readonly id: number;
  readonly op: string;
  readonly pid?: number;
  readonly force?: boolean;
  readonly fn?: string;
  readonly params?: unknown;
  readonly assignment?: string;
}

/** Trees seen of a target so far. */
const counts = new Map<Target, () => number>();

const [folder = '', owner = ''] = process.argv.slice(2);
const targets = new Targets({ folder, owner });
interface TraceOrder {
  readonly module: string;
  readonly names: readonly string[];
  readonly depth: number;
  readonly acrossCallbacks: boolean;
}

const attached = new Map<number, Target>();

function target(order: Order): Target {
  const found = attached.get(order.pid ?? 0);
  if (!found) throw new Error(`${order.pid} is not attached`);
  return found;
}

async function obey(order: Order): Promise<unknown> {
  switch (order.op) {
    case 'limit':
      return setLimit(order.assignment ?? '');
    case 'attach': {
      const made = await targets.attach(String(order.pid), { force: order.force });
      attached.set(made.process.pid, made);
      return { channel: made.channel, notices: made.notices };
    }
    case 'main':
      return await target(order).main(order.fn ?? 'runtime', order.params);
    case 'worker':
      return await target(order).worker(order.fn ?? '', order.params);
    case 'scripts': {
      const list = scriptsOf(target(order));
      await list.open();
      return list.all().map(({ path, scriptId, url, isModule }) => ({ path, scriptId, url, isModule }));
    }
    case 'trees':
      return counts.get(target(order))?.() ?? 0;
    case 'trace':
      return await trace(target(order), order.params as TraceOrder);
    case 'letGo':
      return await target(order).letGo('ordered');
    case 'closeLeft':
      return await targets.closeLeftInspectors();
    default:
      throw new Error(`no order '${order.op}'`);
  }
}

/** Traces functions of one module, and counts the trees. */
async function trace(of: Target, { module, names, depth, acrossCallbacks }: TraceOrder): Promise<unknown> {
  const instruments = instrumentsOf(of);
  const functions = await Promise.all(
    names.map((name) => instruments.find({ module, name, regex: false }, { most: 5 })),
  );
  const { events } = await instruments.observe(functions.flat(), {
    ...{ kind: 'trace', points: ['finish'], hits: 0, holder: 'test' },
    limits: { depth: 1, items: 5, string: 50, bytes: 1000, time: 10 },
    trace: { depth, acrossCallbacks, skipInternal: true },
  });
  let trees = 0;
  void (async () => {
    for await (const event of events) if (event.kind === 'record') trees += 1;
  })();
  counts.set(of, () => trees);
  return functions.flat().length;
}

function say(message: object): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

createInterface({ input: process.stdin })
  .on('line', (line) => {
    const order = JSON.parse(line) as Order;
    obey(order).then(
      (result) => say({ id: order.id, result: result ?? null }),
      (error: unknown) =>
        say({
          id: order.id,
          error: {
            code: error instanceof RemoraError ? error.code : 'other',
            message: (error as Error).message,
          },
        }),
    );
  })
  .on('close', () => process.exit());
say({ ready: true });
