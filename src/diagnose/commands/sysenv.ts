import { isSecretName, REDACTED } from '../../base/index.js';
import type { EnvironmentFacts } from '../../target/index.js';
import type { Command } from '../command.js';
import { redactLine } from '../facts/redactLine.js';
import { renderKeyValue } from '../render/index.js';

export const sysenv: Command = {
  name: 'sysenv',
  summary: 'Show the environment variables of the process as it sees them now',
  description:
    'Values of secret-looking names, and passwords inside URLs, are masked. An unknown name gives an empty list.',
  examples: [
    { line: 'sysenv', shows: 'all variables, sorted by name' },
    { line: 'sysenv NODE_ENV', shows: 'one variable' },
  ],
  options: [],
  args: [{ name: 'env-name', required: false, summary: 'A variable' }],
  needs: 'target',
  risk: 'read',
  results: [
    {
      type: 'sysenv',
      fields: [
        { name: 'env', type: '{name: value}', summary: 'Sorted by name; secrets are `***`' },
        {
          name: 'notice',
          type: 'string?',
          summary: 'What is missing: too many or too long variables, or a replaced `process.env`',
        },
      ],
    },
  ],
  cost: 'One read of `process.env` on the main thread: 0.01 ms for ten variables, the first time 0.15 ms.',
  async *run({ args, target, signal }) {
    const [name] = args.positional;
    const facts = await (await target()).main<EnvironmentFacts>('environment', { name }, { signal });
    const entries = [...facts.entries].sort(([a], [b]) => (a < b ? -1 : 1));
    yield {
      type: 'sysenv',
      env: new Map(entries.map(([key, value]) => [key, masked(key, value)])),
      notice: noticeOf(facts),
    };
  },
  render: (result, style, width) => {
    const env = Object.entries(result.env as Record<string, string>);
    if (env.length === 0 && result.notice === undefined)
      return "there is no such variable; 'sysenv' lists them";
    const table = renderKeyValue([['KEY', 'VALUE'], ...env], style, width);
    return result.notice === undefined ? table : `${table}\n${style.yellow(String(result.notice))}`;
  },
};

function noticeOf({ cut, replaced }: EnvironmentFacts): string | undefined {
  if (replaced) return 'The application has replaced process.env by a Proxy, which is not read.';
  return cut > 0 ? `${cut} variable(s) were left out or cut: the environment is too big.` : undefined;
}

function masked(name: string, value: string): string {
  return value !== '' && isSecretName(name) ? REDACTED : redactLine(value);
}
