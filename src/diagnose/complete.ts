import { type Caller, RemoraError, roleForRisk, roleIncludes } from '../base/index.js';
import { completeFunctions, completeModules, type Target, VARIABLES } from '../target/index.js';
import type { ArgumentSpec, Command } from './command.js';
import { parseLine } from './commandLine/parseLine.js';
import { PIPE_NAMES } from './pipes/index.js';
import type { SessionStore } from './sessionStore.js';

export interface CompletionWish {
  readonly line: string;
  /** Characters before the cursor. */
  readonly cursor: number;
  readonly sessionId?: string;
  readonly process?: string;
}

export interface Candidate {
  readonly text: string;
  readonly summary: string;
}

export interface Completion {
  /** Where the word begins that a candidate replaces, up to the cursor. */
  readonly from: number;
  readonly candidates: readonly Candidate[];
}

/** With who asks. */
type Wish = CompletionWish & { readonly caller: Caller };

const MOST_CANDIDATES = 200;

/** What could stand at the cursor. Attaches nothing: modules are offered for a process that is attached already. */
export async function complete(
  store: SessionStore,
  wish: CompletionWish,
  caller: Caller,
): Promise<Completion> {
  const before = wish.line.slice(0, wish.cursor);
  const word = /[^ \t]*$/.exec(before)?.[0] ?? '';
  const from = before.length - word.length;
  const all = await candidates(store, { ...wish, caller }, before.slice(0, from), word);
  const fitting = all.filter(({ text }) => text.startsWith(word));
  return { from, candidates: fitting.slice(0, MOST_CANDIDATES) };
}

async function candidates(
  store: SessionStore,
  wish: Wish,
  before: string,
  word: string,
): Promise<Candidate[]> {
  const parsed = parseLine(before);
  const lastPipe = parsed.pipes.at(-1);
  if (lastPipe) return lastPipe.name === undefined ? named(PIPE_NAMES, 'pipe') : [];
  if (parsed.name === undefined) return commandNames(store);
  const command = store.registry.find(parsed.name);
  if (!command) return [];
  if (word.startsWith('-')) return optionNames(command);
  const given = positionals(command, parsed.words);
  const spec = argumentAt(command, given.length);
  return spec?.completes ? values(store, wish, spec.completes, word, given[0]) : [];
}

async function values(
  store: SessionStore,
  wish: Wish,
  kind: NonNullable<ArgumentSpec['completes']>,
  prefix: string,
  first: string | undefined,
): Promise<Candidate[]> {
  switch (kind) {
    case 'command':
      return commandNames(store);
    case 'option-name':
      return store.options.list().map(({ name, summary }) => ({ text: name, summary }));
    case 'job':
      return store.services.jobs().map(({ jobId, line }) => ({ text: String(jobId), summary: line }));
    case 'process': {
      const processes = await store.targets.list();
      return processes
        .filter((one) => !one.own)
        .map(({ name, pid, user, command }) => ({
          text: name,
          summary: `pid ${pid}, ${user}, ${command.join(' ').slice(0, 80)}`,
        }));
    }
    case 'variable':
      return named(VARIABLES, 'of the call');
    case 'module':
    case 'function':
      return named(await insideTarget(store, wish, prefix, kind, first), kind);
  }
}

async function insideTarget(
  store: SessionStore,
  wish: Wish,
  prefix: string,
  kind: 'module' | 'function',
  module: string | undefined,
): Promise<readonly string[]> {
  const ask = store.settings.completeInside ?? completeInside;
  // What is inside a process is told to those who may look with `sc`.
  if (!roleIncludes(wish.caller.role, roleForRisk('observe'))) return [];
  try {
    const target = await attachedTarget(store, wish);
    return target ? await ask(target, prefix, kind, module) : [];
  } catch (error) {
    // A completion that cannot be had is no reason for an error under somebody's fingers.
    if (error instanceof RemoraError) return [];
    throw error;
  }
}

/** Modules by name; functions of the module that the first word of the line names. */
async function completeInside(
  target: Target,
  prefix: string,
  kind: 'module' | 'function',
  module: string | undefined,
): Promise<string[]> {
  if (kind === 'module') return await completeModules(target, prefix);
  return module === undefined ? [] : await completeFunctions(target, module, prefix);
}

async function attachedTarget(store: SessionStore, wish: Wish): Promise<Target | undefined> {
  const session = wish.sessionId === undefined ? undefined : store.session(wish.sessionId);
  if (session && wish.process === undefined && session.target.current) return session.target.current;
  const info = await store.targets.resolve(wish.process);
  return store.targets.attached().find((target) => target.process.pid === info.pid);
}

function commandNames(store: SessionStore): Candidate[] {
  return store.registry.all.map(({ name, summary }) => ({ text: name, summary }));
}

function optionNames(command: Command): Candidate[] {
  return [
    ...command.options.map(({ long, summary }) => ({ text: `--${long}`, summary })),
    { text: '--help', summary: 'Show help for this command' },
  ];
}

/** The positional words so far; an option's value is none. */
function positionals(command: Command, words: readonly string[]): string[] {
  const found: string[] = [];
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? '';
    const option = command.options.find(({ long, short }) => word === `--${long}` || word === `-${short}`);
    if (!option && !word.startsWith('-')) found.push(word);
    if (option && option.kind !== 'flag') i++;
  }
  return found;
}

function argumentAt(command: Command, index: number): ArgumentSpec | undefined {
  const last = command.args.at(-1);
  return command.args[index] ?? (last?.multiple ? last : undefined);
}

function named(texts: readonly string[], summary: string): Candidate[] {
  return texts.map((text) => ({ text, summary }));
}
