import type { Counter } from '../../target/index.js';
import type { Command } from '../command.js';
import { renderKeyValue, renderTable } from '../render/index.js';

export const perfcounter: Command = {
  name: 'perfcounter',
  summary: 'Show the counters that Node, V8 and libuv keep of themselves',
  description:
    'Names begin with `process.` (what the system counts of the process), `uv.` (the event loop), `node.` (timing and active resources) or `v8.` (heap and its spaces). With -d also the unit and how a value may change: Constant, Monotonic (it only grows) or Variable.',
  examples: [
    { line: 'perfcounter', shows: 'every counter and its value' },
    { line: 'perfcounter -d', shows: 'the same with units and variability' },
    { line: 'perfcounter | grep v8.space.old', shows: 'those of the old space' },
  ],
  options: [{ short: 'd', long: 'details', kind: 'flag', summary: 'With units and variability' }],
  args: [],
  needs: 'target',
  risk: 'read',
  results: [
    {
      type: 'perfcounter',
      fields: [
        { name: 'details', type: 'boolean', summary: 'With -d' },
        {
          name: 'perfCounters',
          type: '{name,value,units?,variability?}[]',
          summary:
            'Sorted by name; units are None, Bytes, Events, Milliseconds or Microseconds, variability Constant, Monotonic or Variable',
        },
      ],
    },
  ],
  cost: 'One look on the main thread, 0.2 to 0.5 ms: everything is counted anyway.',
  async *run({ args, target, signal }) {
    const details = args.options.details === true;
    const counters = await (await target()).main<Counter[]>('inspectCounters', null, { signal });
    const sorted = [...counters].sort((a, b) => (a.name < b.name ? -1 : 1));
    const perfCounters = details ? sorted : sorted.map(({ name, value }) => ({ name, value }));
    yield { type: 'perfcounter', perfCounters, details };
  },
  render: (result, style, width) => {
    const counters = result.perfCounters as readonly Counter[];
    if (result.details !== true) {
      return renderKeyValue(
        counters.map(({ name, value }) => [name, String(value)]),
        style,
        width,
      );
    }
    const columns = [
      { title: 'NAME', min: 24, paint: style.cyan },
      { title: 'VALUE', align: 'right' as const, min: 10 },
      { title: 'UNITS', min: 8 },
      { title: 'VARIABILITY', min: 9 },
    ];
    const rows = counters.map(({ name, value, units, variability }) => [
      name,
      String(value),
      units,
      variability,
    ]);
    return renderTable(columns, rows, style, width);
  },
};
