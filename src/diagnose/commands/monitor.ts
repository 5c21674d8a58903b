import type { MonitorSample, ObservableFunction } from '../../target/index.js';
import type { Command, Result, Style } from '../command.js';
import { percent } from '../observe/budget.js';
import { expressionOf } from '../observe/expressions.js';
import { millis } from '../observe/hit.js';
import { captureTime } from '../observe/limits.js';
import { observe } from '../observe/observe.js';
import {
  CONDITION_ARGUMENT,
  PATTERN_ARGUMENTS,
  riskOfExpressions,
  sharedOptions,
  sharedWish,
} from '../observe/sharedOptions.js';
import { type Column, renderTable } from '../render/index.js';
import { renderLimits } from '../values/index.js';

/** A figure that is folded cannot be read. */
const WHOLE = 12;
/** Columns of a terminal below which those that others tell are left out. */
const WIDE = 100;
const ON_WIDE = new Set(['ok', 'p95']);

interface Row {
  readonly timestamp: string;
  readonly className: string;
  readonly methodName: string;
  readonly total: number;
  readonly success: number;
  readonly failed: number;
  readonly failRate: number;
  readonly avg: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}

export const monitor: Command = {
  name: 'monitor',
  summary: 'Count calls by cycle: total, failed, average and percentiles of time',
  description:
    'One result per cycle in which there was a call. A call that throws has failed, and so has one whose promise is ' +
    'rejected; its time is that until the promise was settled. A condition is asked after the call and may name `cost` and ' +
    '`returnObj`; one that names only what is known before is asked before, and with -b every one is. Expressions and ' +
    'messages are those of `watch`.',
  examples: [
    { line: 'monitor cart.ts Cart.* -c 5 -n 1', shows: 'every method of a class, for five seconds' },
    {
      line: "monitor pricing.ts Pricing.quote 'cost > 100' -c 6 -n 1",
      shows: 'only calls that took longer than 100 ms',
    },
  ],
  options: [
    {
      short: 'c',
      long: 'cycle',
      kind: 'integer',
      default: 60,
      min: 1,
      max: 86_400,
      summary: 'Seconds of one cycle',
    },
    { short: 'b', long: 'before', kind: 'flag', summary: 'Ask the condition before the call' },
    {
      short: 'n',
      long: 'limits',
      kind: 'integer',
      default: 100,
      min: 1,
      summary: 'End after this many results',
    },
    ...sharedOptions(false),
  ],
  args: [...PATTERN_ARGUMENTS, CONDITION_ARGUMENT],
  needs: 'target',
  risk: 'observe',
  riskOf: riskOfExpressions,
  results: [
    {
      type: 'monitor',
      fields: [
        {
          name: 'monitorDataList',
          type: '{className,methodName,total,success,failed,cost,timestamp,avg,p50,p95,p99,max,failRate}[]',
          summary:
            'Per function with calls in this cycle; `cost` is the sum, it and `avg` to `max` in ms; `failRate` from 0 to 1',
        },
      ],
    },
  ],
  cost: 'Some hundred nanoseconds a call, without any rendering; a few hundred bytes of counters a function. Budget and governor as in `watch`.',
  async *run(context) {
    const { args } = context;
    const wish = sharedWish(args);
    const condition = expressionOf('condition', args.positional[2], wish.unsafe);
    return yield* observe(context, {
      name: 'monitor',
      wish,
      condition,
      request: {
        kind: 'monitor',
        points: ['finish'],
        before: args.options.before === true,
        limits: { ...renderLimits(1), time: captureTime.value },
        hits: 0,
      },
      cycle: {
        ms: Number(args.options.cycle) * 1000,
        most: Number(args.options.limits),
        async take(observation) {
          const timestamp = new Date();
          const rows = (await observation.monitor())
            .map(({ of, sample }) => monitorData(of, sample, timestamp))
            .filter(({ total }) => total > 0);
          return rows.length > 0 ? { type: 'monitor', monitorDataList: rows } : undefined;
        },
      },
    });
  },
  render: renderRows,
};

/** Comes from a target: only numbers, whatever it sent. */
function monitorData(of: ObservableFunction, sample: MonitorSample, timestamp: Date) {
  const count = (value: unknown): number => Math.max(0, Math.round(millis(value) ?? 0));
  const [total, failed, cost] = [count(sample.total), count(sample.failed), millis(sample.cost) ?? 0];
  return {
    className: of.className,
    methodName: of.methodName,
    total,
    success: count(sample.success),
    failed,
    cost,
    timestamp,
    avg: total > 0 ? (millis(cost / total) ?? 0) : 0,
    p50: millis(sample.p50) ?? 0,
    p95: millis(sample.p95) ?? 0,
    p99: millis(sample.p99) ?? 0,
    max: millis(sample.max) ?? 0,
    failRate: total > 0 ? failed / total : 0,
  };
}

function renderRows({ monitorDataList }: Result, style: Style, width: number): string {
  const rows = monitorDataList as readonly Row[];
  const figure = (title: string): Column => ({ title, align: 'right', min: WHOLE });
  const ms = (value: number) => (value < 10 ? value.toFixed(2) : value.toFixed(0));
  // The folders of a module are in the result; here they would leave no room for the rest.
  const module = ({ className }: Row) => className.replace(/^.*\//, '');
  const all: readonly (readonly [Column, (row: Row) => string])[] = [
    [{ title: 'time', min: WHOLE, paint: style.dim }, ({ timestamp }) => timestamp.slice(11, 19)],
    [{ title: 'class', min: 8 }, module],
    [{ title: 'method', min: 8, paint: style.bold }, ({ methodName }) => methodName],
    [figure('total'), ({ total }) => String(total)],
    [figure('ok'), ({ success }) => String(success)],
    [figure('fail'), ({ failed }) => String(failed)],
    [
      { ...figure('rate'), paint: (text) => (text === '0 %' ? text : style.red(text)) },
      (row) => percent(row.failRate),
    ],
    [figure('avg(ms)'), ({ avg }) => ms(avg)],
    [figure('p50'), ({ p50 }) => ms(p50)],
    [figure('p95'), ({ p95 }) => ms(p95)],
    [figure('p99'), ({ p99 }) => ms(p99)],
    [figure('max'), ({ max }) => ms(max)],
  ];
  const columns = all.filter(([{ title }]) => width >= WIDE || !ON_WIDE.has(title));
  const cells = rows.map((row) => columns.map(([, cell]) => cell(row)));
  return renderTable(
    columns.map(([column]) => column),
    cells,
    style,
    width,
  );
}
