/** What people call a process, guessed from its command line alone: no file of the target is opened for it. */
import { basename, dirname, resolve } from 'node:path';
import { splitCommand } from './nodeOptions.js';

const EXTENSION = /\.(js|mjs|cjs|jsx|ts|mts|cts|tsx)$/;
/** Script names that say nothing: the folder's is meant. */
const NAMELESS_SCRIPTS = new Set(['index', 'server', 'main', 'app', 'start', 'www', 'cli', 'bin']);
/** Folder names that say nothing: the next one up is meant. */
const NAMELESS_FOLDERS = new Set(
  'src dist build lib out bin esm cjs app code server home opt srv usr var tmp root work workspace current'.split(
    ' ',
  ),
);
const NAME_CHARS = 80;

/** The base name, before `#n` is added. `cwd` is '' when it could not be read. */
export function nameOf(command: readonly string[], cwd: string, exe: string): string {
  const split = splitCommand(command, exe);
  if (split.title !== undefined) return tidy(split.title) || 'node';
  if (split.evaluates) return 'eval';
  if (split.script === undefined) return tidy(basename(exe)) || 'node';
  return tidy(scriptName(split.script, cwd)) || 'node';
}

function scriptName(script: string, cwd: string): string {
  const path = cwd === '' ? script : resolve(cwd, script);
  const packaged = packageName(path);
  if (packaged !== undefined) return packaged;
  const plain = basename(path).replace(EXTENSION, '');
  if (!NAMELESS_SCRIPTS.has(plain)) return plain;
  for (let folder = dirname(path); folder !== dirname(folder); folder = dirname(folder)) {
    const name = basename(folder);
    if (!NAMELESS_FOLDERS.has(name) && name !== '.' && name !== '..') return name;
  }
  return plain;
}

/** `.../node_modules/@scope/name/...` and `.../node_modules/.bin/name`. */
function packageName(path: string): string | undefined {
  const parts = path.split('/');
  const at = parts.lastIndexOf('node_modules');
  const first = parts[at + 1];
  if (at < 0 || first === undefined || first === '') return undefined;
  const second = parts[at + 2];
  if (first === '.bin') return second?.replace(EXTENSION, '');
  if (first.startsWith('@')) return second ? `${first}/${second}` : undefined;
  // A lone file in node_modules is its own package.
  return second === undefined ? first.replace(EXTENSION, '') : first;
}

function tidy(text: string): string {
  return text
    .replace(/[\u0000-\u0020\u007f-\u009f]+/g, ' ')
    .trim()
    .slice(0, NAME_CHARS);
}

interface Named {
  readonly name: string;
  readonly pid: number;
  readonly startTicks: number;
}

/**
 * Gives processes that share a name `name#1`, `name#2`, ... by start time, the oldest first, so that every name
 * shown is one that selects.
 */
export function numberNames<T extends Named>(items: readonly T[]): T[] {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(item.name);
    if (group) group.push(item);
    else groups.set(item.name, [item]);
  }
  const names = new Map<T, string>();
  for (const group of groups.values()) {
    if (group.length === 1) continue;
    group.sort((a, b) => a.startTicks - b.startTicks || a.pid - b.pid);
    for (const [index, item] of group.entries()) names.set(item, `${item.name}#${index + 1}`);
  }
  return items.map((item) => ({ ...item, name: names.get(item) ?? item.name }));
}
