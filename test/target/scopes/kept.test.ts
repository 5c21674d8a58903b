/** Which variables V8 keeps for functions inside, by what the debugger finds in their scopes. */
import assert from 'node:assert/strict';
import { Session } from 'node:inspector';
import { describe, it } from 'node:test';
import { parse } from 'acorn';
import { analyse, scopeAt } from '../../../src/target/scopes/index.js';

interface Property {
  readonly name: string;
  readonly value?: { readonly objectId?: string; readonly description?: string };
}

const session = new Session();

function properties(objectId: string): { result: Property[]; internalProperties?: Property[] } {
  let found: unknown;
  session.post('Runtime.getProperties', { objectId, ownProperties: true }, (error, answer) => {
    if (error) throw error;
    found = answer;
  });
  return found as { result: Property[]; internalProperties?: Property[] };
}

/** Of the function that the program returns: names in the scopes around it, but for those of Node.js. */
function keptByV8(source: string): string[] {
  let made: { objectId?: string } = {};
  session.post('Runtime.evaluate', { expression: `(()=>{${source}\n})()` }, (error, answer) => {
    if (error || answer.exceptionDetails) throw new Error(error?.message ?? answer.exceptionDetails?.text);
    made = answer.result;
  });
  const { internalProperties = [] } = properties(made.objectId as string);
  const scopes = internalProperties.find(({ name }) => name === '[[Scopes]]')?.value?.objectId as string;
  return properties(scopes)
    .result.filter(({ value }) => /^(?:Closure|Block|Catch)/.test(value?.description ?? ''))
    .flatMap(({ value }) => properties(value?.objectId as string).result.map(({ name }) => name))
    .sort();
}

/** The same of the function that `return` stands before. */
function keptByAnalysis(source: string): string[] {
  const tree = parse(source, { ecmaVersion: 'latest', allowReturnOutsideFunction: true });
  const analysis = analyse(tree);
  const inner = scopeAt(analysis, source.lastIndexOf('/*!*/'));
  const names: string[] = [];
  for (let scope = inner.function.parent; scope; scope = scope.parent)
    for (const { name, isCaptured, kind } of scope.variables.values())
      if (isCaptured || (scope.hasEval && kind !== 'arguments')) names.push(name);
  return names.sort();
}

/** What is returned holds `/*!*\/`. */
const CASES: Readonly<Record<string, string>> = {
  'what it uses': 'let a = 1, b = 2; const c = 3; return () => { /*!*/ return a + c };',
  'what others use': 'let a = 1, b = 2; const other = () => b; return () => { /*!*/ return a };',
  'nothing of a function beside it':
    'function other() { let c = 1; return () => c } let a; return () => { /*!*/ return a };',
  'everything around an eval': 'let a = 1, b = 2; return () => { /*!*/ eval("") };',
  'not what stands beside a function with eval':
    'let a = 1; function other() { let c = 1; eval("") } { let b = 1; return () => { /*!*/ return a } }',
  'everything around an eval inside a function inside':
    'let a, b; { let c; return () => { /*!*/ return () => () => eval("") } }',
  'not for an eval that is none':
    'let a = 1, b = 2; return () => { /*!*/ return (0, eval)("1") + eval?.("1") + a };',
  'parameters and variables of several functions':
    'return ((p, q) => { let r = 1; return ((s) => { const t = 1; return () => { /*!*/ return p + r + s } })(1) })(1, 2);',
  'what a field or a static block uses':
    'let a, b, c, d; class C { f = a; static { b; } [c] = 1; } return () => { /*!*/ return d };',
  'what was caught, and what a loop declares':
    'for (let i of [1]) { try { throw 1 } catch (e) { return () => { /*!*/ return i + e } } }',
};

describe('what V8 keeps', () => {
  for (const [title, source] of Object.entries(CASES)) {
    it(title, () => {
      session.connect();
      try {
        assert.deepEqual(keptByAnalysis(source), keptByV8(source));
      } finally {
        session.disconnect();
      }
    });
  }
});
