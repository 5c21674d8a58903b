import { isSecretName, REDACTED } from '../../base/index.js';
import type { VmOptionFacts } from '../../target/index.js';
import { redactLine } from '../facts/redactLine.js';

/** As the protocol names origins. */
export type Origin = 'DEFAULT' | 'VM_CREATION' | 'ENVIRON_VAR' | 'MANAGEMENT' | 'ERGONOMIC';

export interface VmOptionRow {
  readonly name: string;
  readonly origin: Origin;
  readonly value: string;
  readonly writeable: boolean;
}

/** What stands in place of a value that nobody can tell. */
export const UNKNOWN = '(not told by V8)';

/** All options that are known to be set, and those that can be set. */
export function vmOptionRows(facts: VmOptionFacts): VmOptionRow[] {
  const given = new Map([
    ...parsed(words(facts.nodeOptions), 'ENVIRON_VAR'),
    ...parsed(facts.execArgv, 'VM_CREATION'),
  ]);
  const rows = new Map<string, VmOptionRow>();
  for (const { name, value, writeable, managed } of facts.options) {
    const from = given.get(name);
    const origin = managed
      ? 'MANAGEMENT'
      : (from?.origin ?? (name === 'max-old-space-size' ? 'ERGONOMIC' : 'DEFAULT'));
    rows.set(name, {
      name,
      origin,
      value: masked(name, value ?? from?.value ?? defaultOf(name)),
      writeable,
    });
  }
  for (const [name, { value, origin }] of given) {
    if (!rows.has(name)) rows.set(name, { name, origin, value: masked(name, value), writeable: false });
  }
  return [...rows.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

function masked(name: string, value: string): string {
  return isSecretName(name) ? REDACTED : redactLine(value);
}

/** Of options that neither the command line nor we have set; the application may have, by `v8.setFlagsFromString`. */
function defaultOf(name: string): string {
  return name.startsWith('trace-') ? 'false' : name === 'heapsnapshot-near-heap-limit' ? '0' : UNKNOWN;
}

/** `--name=value`, `--name value`, `--no-name`, `--name_with_underscores` */
function parsed(list: readonly string[], origin: Origin): [string, { value: string; origin: Origin }][] {
  const found: [string, { value: string; origin: Origin }][] = [];
  for (let at = 0; at < list.length; at++) {
    const [, text = '', value] = /^--?([\w-]+)(?:=([\s\S]*))?$/.exec(list[at] ?? '') ?? [];
    if (text === '') continue;
    const name = text.replaceAll('_', '-');
    const next = list[at + 1];
    if (value !== undefined) found.push([name, { value, origin }]);
    else if (name.startsWith('no-') && name !== 'no-deprecation')
      found.push([name.slice(3), { value: 'false', origin }]);
    else if (next !== undefined && !next.startsWith('-')) {
      found.push([name, { value: next, origin }]);
      at += 1;
    } else found.push([name, { value: 'true', origin }]);
  }
  return found;
}

/** NODE_OPTIONS, as Node takes it apart: words by blanks, quotes keep a blank. */
function words(text: string): string[] {
  return (text.match(/(?:[^\s"\\]|\\.|"(?:[^"\\]|\\.)*")+/g) ?? []).map((word) =>
    word.replace(/"((?:[^"\\]|\\.)*)"/g, '$1').replace(/\\(.)/g, '$1'),
  );
}
