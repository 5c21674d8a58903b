import { RemoraError } from '../../base/index.js';
import { type Command, CommandFailure } from '../command.js';
import { optionNotFound } from '../errors.js';
import { renderKeyValue, renderTable } from '../render/index.js';
import type { OptionEntry } from '../services.js';

interface ChangeResult {
  readonly name: string;
  readonly beforeValue: string;
  readonly afterValue: string;
}

export const options: Command = {
  name: 'options',
  summary: 'Show or set the global options of this agent',
  description: 'An option holds for all sessions until the agent ends.',
  examples: [
    { line: 'options', shows: 'all options and their values' },
    { line: 'options probe-budget', shows: 'one option' },
    { line: 'options job-timeout 2h', shows: 'the value before and after; needs the role admin' },
  ],
  options: [],
  args: [
    { name: 'options-name', required: false, summary: 'An option', completes: 'option-name' },
    { name: 'options-value', required: false, summary: 'Its new value' },
  ],
  needs: 'none',
  risk: 'read',
  riskOf: ({ positional }) => (positional.length > 1 ? 'change' : 'read'),
  results: [
    {
      type: 'options',
      fields: [
        {
          name: 'options',
          type: '{level,type,name,value,summary,description}[]',
          summary: 'All options, or the one named; empty for an unknown name',
        },
        { name: 'changeResult', type: '{name,beforeValue,afterValue}', summary: 'After a change' },
      ],
    },
  ],
  cost: 'None: no process is asked.',
  *run({ args, services }) {
    const [name, value] = args.positional;
    const { options: table } = services;
    if (name === undefined || value === undefined) {
      const entries = table.list().filter((entry) => name === undefined || entry.name === name);
      yield { type: 'options', options: entries };
      return;
    }
    if (!table.get(name)) throw new CommandFailure(optionNotFound(name).text);
    try {
      const { before, after } = table.set(name, value);
      yield { type: 'options', changeResult: { name, beforeValue: before, afterValue: after } };
    } catch (error) {
      if (error instanceof RemoraError) throw new CommandFailure(error.text);
      throw error;
    }
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
    const entries = result.options as readonly OptionEntry[];
    if (entries.length === 0) return "there is no such option; 'options' lists them";
    const columns = [
      { title: 'NAME', min: 18, paint: style.cyan },
      { title: 'VALUE' },
      { title: 'TYPE', min: 7 },
      { title: 'SUMMARY', min: 20 },
    ];
    return renderTable(
      columns,
      entries.map(({ name, value, type, summary }) => [name, value, type, summary]),
      style,
      width,
    );
  },
};
