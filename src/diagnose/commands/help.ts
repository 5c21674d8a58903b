import { didYouMean } from '../../target/index.js';
import type { Command, Result, Style } from '../command.js';
import { commandHelp, commandList } from '../commandHelp.js';
import { fold, renderTable } from '../render/index.js';

interface DetailCommand {
  readonly summary: string;
  readonly usage: string;
  readonly description: string;
  readonly options: readonly {
    shortName?: string;
    longName: string;
    description: string;
    acceptValue: boolean;
  }[];
}

export const help: Command = {
  name: 'help',
  summary: 'List the commands, or explain one',
  description:
    'Words of the JVM keep their place in Node terms: a class is a function, a class or a module, a class loader is the module graph, OGNL is JavaScript, JVM flags are V8 flags. An unknown name gives the list.',
  examples: [
    { line: 'help', shows: 'all commands' },
    {
      line: 'help options',
      shows: 'usage, options and examples of one command; `options --help` does the same',
    },
  ],
  options: [],
  args: [{ name: 'cmd', required: false, summary: 'A command', completes: 'command' }],
  needs: 'none',
  risk: 'read',
  results: [
    {
      type: 'help',
      fields: [
        { name: 'commands', type: '{name,summary}[]', summary: 'Without a name: all commands' },
        {
          name: 'detailCommand',
          type: 'object',
          summary: 'With a name: `name`, `summary`, `usage`, `description`, `options`, `arguments`',
        },
        { name: 'unknown', type: 'string?', summary: 'With a name that no command has: that, and near ones' },
      ],
    },
  ],
  cost: 'None: no process is asked.',
  *run({ args, services }) {
    const [name] = args.positional;
    const command = services.commands.find((one) => one.name === name || one.aliases?.includes(name ?? ''));
    if (command) {
      yield commandHelp(command);
      return;
    }
    const names = services.commands.map((one) => one.name);
    const unknown =
      name === undefined ? undefined : `there is no command '${name}'${didYouMean(name, names)}`;
    yield { ...commandList(services.commands), unknown };
  },
  render: (result, style, width) =>
    result.detailCommand === undefined
      ? renderList(result, style, width)
      : renderDetail(result.detailCommand as DetailCommand, style, width),
};

function renderList(result: Result, style: Style, width: number): string {
  const commands = result.commands as readonly { name: string; summary: string }[];
  const columns = [
    { title: 'NAME', min: 12, paint: style.cyan },
    { title: 'DESCRIPTION', min: 20 },
  ];
  const rows = commands.map(({ name, summary }) => [name, summary]);
  const table = renderTable(columns, rows, style, width);
  return result.unknown === undefined ? table : `${table}\n\n${style.yellow(String(result.unknown))}`;
}

function renderDetail(detail: DetailCommand, style: Style, width: number): string {
  const indent = (text: string) => hanging(text, width);
  const options = detail.options.map(({ shortName, longName, acceptValue, description }) => {
    const name = shortName ? `-${shortName}, --${longName}` : `--${longName}`;
    return [`  ${name}${acceptValue ? ' <value>' : ''}`, description];
  });
  return [
    style.bold('USAGE:'),
    indent(detail.usage),
    '',
    style.bold('SUMMARY:'),
    indent(detail.summary),
    indent(detail.description),
    '',
    renderTable(
      [
        { title: 'OPTIONS:', min: 16 },
        { title: '', min: 20 },
      ],
      options,
      style,
      width,
    ),
  ].join('\n');
}

/** Two blanks before each line; what folds goes on below where its line began. */
function hanging(text: string, width: number): string {
  return text
    .split('\n')
    .flatMap((line) => {
      const margin = `  ${/^ */.exec(line)?.[0] ?? ''}`;
      return fold(line.trimStart(), width - margin.length).map((part) => `${margin}${part}`);
    })
    .join('\n');
}
