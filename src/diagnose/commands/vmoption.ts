import type { VmOptionChange, VmOptionFacts } from '../../target/index.js';
import { type Command, CommandFailure } from '../command.js';
import { renderKeyValue, renderTable } from '../render/index.js';
import { whyNotSet } from '../vmOptions/refusals.js';
import { type VmOptionRow, vmOptionRows } from '../vmOptions/vmOptionRows.js';

interface ChangeResult {
  readonly name: string;
  readonly beforeValue: string;
  readonly afterValue: string;
}

export const vmoption: Command = {
  name: 'vmoption',
  summary: 'Show the options of V8 and Node, and set those that may change at run time',
  description:
    'Neither V8 nor Node tells the value of an option: shown are those of the command line (origin VM_CREATION) and of NODE_OPTIONS (ENVIRON_VAR), those whose value a public interface gives back, and those that were set here (MANAGEMENT). What the application sets by `v8.setFlagsFromString` is not seen. Writeable are options of which it was tried, on Node 20, 22, 24 and 26, that they take effect at once and can be taken back: `trace-gc`, `trace-gc-verbose`, `trace-gc-nvp`, `trace-opt`, `trace-deopt` (V8 prints to the stdout of the process), and those that Node has an interface for (`report-*`, `trace-warnings`, `trace-deprecation`, `no-deprecation`, `dns-result-order`, `network-family-autoselection*`, `tls-min-version`, `tls-max-version`, once also `heapsnapshot-near-heap-limit`). Any other is refused with the reason: sizes of the heap, for one, are taken without a word by V8 and have no effect. What is set stays until the process ends or it is set again.',
  examples: [
    { line: 'vmoption', shows: 'all options that are known' },
    { line: 'vmoption max-old-space-size', shows: 'one option: the limit of the heap in MiB' },
    { line: 'vmoption trace-gc true', shows: 'V8 prints a line for each collection from now on' },
    {
      line: 'vmoption report-on-fatalerror true',
      shows: 'a diagnostic report when the process runs out of memory',
    },
  ],
  options: [],
  args: [
    { name: 'name', required: false, dashed: true, summary: 'An option, with or without `--`' },
    { name: 'value', required: false, summary: 'Its new value' },
  ],
  needs: 'target',
  risk: 'read',
  riskOf: ({ positional }) => (positional.length > 1 ? 'change' : 'read'),
  results: [
    {
      type: 'vmoption',
      fields: [
        {
          name: 'vmOptions',
          type: '{name,origin,value,writeable}[]',
          summary:
            'Sorted by name; origin is DEFAULT, VM_CREATION (command line), ENVIRON_VAR (NODE_OPTIONS), ERGONOMIC (chosen by Node) or MANAGEMENT (set here)',
        },
        { name: 'changeResult', type: '{name,beforeValue,afterValue}', summary: 'After a change' },
      ],
    },
  ],
  cost: 'One look on the main thread, under 1 ms. Tracing of V8 costs what it prints.',
  async *run({ args, target, signal }) {
    const [given, value] = args.positional;
    const name = given?.replace(/^--?/, '').replaceAll('_', '-');
    const process = await target();
    const read = async (): Promise<VmOptionRow[]> =>
      vmOptionRows(await process.main<VmOptionFacts>('inspectVmOptions', null, { signal }));
    const rows = await read();
    if (name === undefined || value === undefined) {
      const vmOptions = name === undefined ? rows : rows.filter((row) => row.name === name);
      if (vmOptions.length === 0) {
        throw new CommandFailure(`The vm option '${name}' is not set, and V8 does not tell its value`, 1);
      }
      yield { type: 'vmoption', vmOptions };
      return;
    }
    const change = await process.main<VmOptionChange>('inspectSetVmOption', { name, value }, { signal });
    if ('refused' in change) {
      const why = /^(unknown|fixed)$/.test(change.refused) ? whyNotSet(name) : change.refused;
      throw new CommandFailure(`Error during setting vm option: ${name}: ${why}`, 1);
    }
    const beforeValue = change.before ?? rows.find((row) => row.name === name)?.value ?? 'false';
    yield { type: 'message', message: 'Successfully updated the vm option.' };
    yield { type: 'vmoption', changeResult: { name, beforeValue, afterValue: change.after } };
  },
  render: (result, style, width) => {
    if (result.changeResult !== undefined) {
      const { name, beforeValue, afterValue } = result.changeResult as ChangeResult;
      return renderKeyValue(
        [
          ['NAME', name],
          ['BEFORE-VALUE', beforeValue],
          ['AFTER-VALUE', afterValue],
        ],
        style,
        width,
      );
    }
    const columns = [
      { title: 'NAME', min: 20, paint: style.cyan },
      { title: 'VALUE', min: 12 },
      { title: 'ORIGIN', min: 11 },
      { title: 'WRITEABLE', min: 9 },
    ];
    const rows = result.vmOptions as readonly VmOptionRow[];
    return renderTable(
      columns,
      rows.map(({ name, value, origin, writeable }) => [name, value, origin, String(writeable)]),
      style,
      width,
    );
  },
};
