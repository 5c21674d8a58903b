/**
 * Runs a program and says which of its names mean one and the same variable, as V8 sees it: what is written through one is
 * read through the other. The analysis has to say the same. A program holds probes, `P(1, () => x, (v) => { x = v })`,
 * and runs each of its parts at most once.
 */
import assert from 'node:assert/strict';
import { parse } from 'acorn';
import { analyse, type Reference } from '../../../src/target/scopes/index.js';

interface Probe {
  readonly get: () => unknown;
  readonly set: (value: unknown) => void;
}

/** What a program is given: `P` takes a probe, `T` tries a function, `O` is true once for each number. */
const GIVEN = ['P', 'T', 'O'];

export function probe(id: number, name: string): string {
  return `P(${id}, () => ${name}, (v) => { ${name} = v })`;
}

/** Probes that ran, by number. Undefined when V8 does not take the program. */
function run(source: string): Map<number, Probe> | undefined {
  const probes = new Map<number, Probe>();
  const entered = new Set<number>();
  let program: (...given: unknown[]) => unknown;
  try {
    program = new Function(...GIVEN, source) as typeof program;
  } catch {
    return undefined;
  }
  const tried = (fn: () => unknown): void => {
    try {
      fn();
    } catch {}
  };
  tried(() =>
    program(
      (id: number, get: Probe['get'], set: Probe['set']) => {
        // What runs again has variables anew.
        if (!probes.has(id)) probes.set(id, { get, set });
      },
      tried,
      (id: number) => !entered.has(id) && entered.add(id) !== undefined,
    ),
  );
  return probes;
}

/** Undefined when acorn does not take it: V8 lets `static { { var a; let a } }` pass. */
function referencesOf(source: string): readonly Reference[] | undefined {
  try {
    const tree = parse(source, { ecmaVersion: 'latest', allowReturnOutsideFunction: true });
    return analyse(tree, { parameters: GIVEN }).references;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Number of probes that were compared. */
export function compare(source: string): number {
  const references = referencesOf(source);
  const probes = references && run(source);
  if (!probes) return 0;
  const meant = new Map<number, Reference | undefined>();
  for (const { index, 0: head, 1: id } of source.matchAll(/P\((\d+), \(\) => /g))
    meant.set(
      Number(id),
      references.find(({ start }) => start === index + head.length),
    );
  const live: number[] = [];
  for (const [id, { get }] of probes) {
    const { name, variable, start = 0 } = meant.get(id) ?? {};
    const state = stateOf(get);
    assert.equal(!variable, state === 'undeclared', `${name} of probe ${id}: ${state}\n${source}`);
    if (state === 'live') live.push(id);
    else if (variable) {
      const isForetold = variable.declarations.some(({ from }) => from > start);
      assert.ok(isForetold, `${name} of probe ${id} has a dead zone\n${source}`);
    }
  }
  for (const [index, id] of live.entries()) {
    const one = meant.get(id);
    for (const other of live.slice(index + 1)) {
      const another = meant.get(other);
      if (one?.name !== another?.name) continue;
      const isSame = areSame(probes.get(id) as Probe, probes.get(other) as Probe);
      const isSaid = one?.variable === another?.variable;
      assert.equal(isSaid, isSame, `${one?.name} of probes ${id} and ${other}\n${source}`);
    }
  }
  return probes.size;
}

function stateOf(get: Probe['get']): 'live' | 'undeclared' | 'dead zone' {
  try {
    get();
    return 'live';
  } catch (error) {
    return /is not defined/.test(String(error)) ? 'undeclared' : 'dead zone';
  }
}

function areSame(one: Probe, other: Probe): boolean {
  const mark = Symbol();
  write(one.set, mark);
  if (one.get() === mark) return other.get() === mark;
  // A constant keeps its value, which no other constant has.
  write(other.set, mark);
  return other.get() !== mark && one.get() === other.get();
}

function write(set: Probe['set'], value: unknown): void {
  try {
    set(value);
  } catch {}
}
