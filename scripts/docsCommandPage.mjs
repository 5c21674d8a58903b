// One page per diagnosis command, all with the same skeleton.
import { block, code, NOTICE, page, table } from './markdown.mjs';

const riskText = {
  read: 'looks only',
  observe: 'observes calls',
  change: 'changes something',
};

export function commandPage(command, { role, example }) {
  return page(
    NOTICE,
    `# ${command.name}`,
    sentence(command.summary),
    command.description,
    table(['needs', 'risk', 'role', 'also'], [[needs(command), risk(command), role, also(command)]]),
    '## Synopsis',
    block(synopsis(command)),
    '## Options',
    command.options.length > 0 ? optionTable(command.options) : 'None.',
    command.args.length > 0 ? argumentTable(command.args) : undefined,
    '## Result fields',
    ...(command.results.length > 0 ? command.results.flatMap(resultSection) : ['None beyond `status`.']),
    '## Example',
    exampleSection(command, example),
    '## Cost in the target',
    sentence(command.cost),
  );
}

export function commandsIndex(commands) {
  return page(
    NOTICE,
    '# Commands',
    'The same command line works at the prompt of `remora attach`, in `remora exec` and in the HTTP API. ' +
      '`risk` says what a command does to a target, and so who may call it: see [security](../security.md).',
    table(
      ['command', 'what it does', 'needs', 'risk'],
      commands.map((command) => [
        `[${command.name}](${command.name}.md)`,
        sentence(command.summary),
        needs(command),
        risk(command),
      ]),
    ),
  );
}

function sentence(text) {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

function needs(command) {
  return command.needs === 'target' ? 'a process' : 'nothing';
}

function risk(command) {
  return `${code(command.risk)}: ${riskText[command.risk]}${command.riskVaries ? '; more with some arguments' : ''}`;
}

function also(command) {
  return command.aliases?.length ? command.aliases.map(code).join(', ') : 'no other name';
}

function synopsis(command) {
  if (command.usage) return command.usage;
  const options = command.options.map((option) => (option.required ? names(option) : `[${names(option)}]`));
  const args = command.args.map((arg) => (arg.required ? arg.name : `[${arg.name}]`));
  return [command.name, ...options, ...args].join(' ');
}

function names(option) {
  const value = option.kind === 'flag' ? '' : ` <${option.kind}>`;
  return `${option.short ? `-${option.short}, ` : ''}--${option.long}${value}`;
}

function optionTable(options) {
  return table(
    ['option', 'default', 'bounds', 'what it does'],
    options.map((option) => [
      code(names(option)),
      defaultText(option),
      bounds(option),
      sentence(option.summary),
    ]),
  );
}

function defaultText(option) {
  if (option.default !== undefined) return code(option.default);
  if (option.required) return 'required';
  return option.kind === 'flag' ? 'off' : 'none';
}

function bounds(option) {
  if (option.choices) return option.choices.map(code).join(', ');
  const parts = [
    option.min === undefined ? undefined : `from ${option.min}`,
    option.max === undefined ? undefined : `to ${option.max}`,
    option.multiple ? 'may be repeated' : undefined,
  ];
  return parts.filter(Boolean).join(' ');
}

function argumentTable(args) {
  return table(
    ['argument', '', 'what it is'],
    args.map((arg) => [
      code(arg.name),
      `${arg.required ? 'required' : 'optional'}${arg.multiple ? ', several' : ''}`,
      sentence(arg.summary),
    ]),
  );
}

function resultSection({ type, fields }) {
  const rows = fields.map((field) => [code(field.name), code(field.type), sentence(field.summary)]);
  return [`Type ${code(type)}:`, rows.length > 0 ? table(['field', 'type', 'meaning'], rows) : 'No fields.'];
}

function exampleSection(command, recorded) {
  const list = command.examples.map(({ line, shows }) => `- ${code(line)}: ${shows}`).join('\n');
  const run =
    recorded && `Run against the [example shop](../../examples/shop/README.md):\n\n${block(recorded)}`;
  return [list, run].filter(Boolean).join('\n\n');
}
