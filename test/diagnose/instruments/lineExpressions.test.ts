/** Expressions at a line: what they become, and garbage. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { RemoraError } from '../../../src/base/index.js';
import { compileLineExpression, lineExpressionNames } from '../../../src/diagnose/expression/index.js';

const NAMES = new Set(['sum', 'item', 'cost', 'password', 'thiss']);
const compiled = (text: string) => compileLineExpression(text, NAMES);

describe('expressions at a line', () => {
  it('take the variables in scope, this, and the words of the sheet', () => {
    assert.deepEqual(compiled('{sum, item.price}').variables, ['sum', 'item']);
    assert.deepEqual(compiled('this.a + thiss').variables, ['ƭhis', 'thiss']);
    assert.deepEqual(compiled("#{'p': params, 'this': localVarMap}").variables, ['params', 'localVarMap']);
    assert.deepEqual(compiled('item.this').variables, ['item']);
    assert.deepEqual(compiled('"this is text"').variables, []);
    assert.deepEqual(compiled('Math.max(sum, 1)').variables, ['sum']);
    assert.equal(compiled('password').compiled.name, 'password');
    assert.match(compiled('password').compiled.source, /^_\$r\.s\(/);
  });

  it('say what is in scope where a name is not known', () => {
    for (const text of ['nope', 'sum + nope', 'returnObj', 'ƭhi'])
      assert.throws(
        () => compiled(text),
        (error: RemoraError) =>
          /is not known at that line/.test(error.message) && /sum, item/.test(`${error.hint}`),
        text,
      );
    for (const text of ['sum = 1', 'delete item.x', 'new Date()', 'arguments', '_$r'])
      assert.throws(() => compiled(text), RemoraError, text);
  });

  it('answer garbage with an error of ours', () => {
    const words = fc.constantFrom(
      'sum',
      'this',
      '.',
      '#',
      '{',
      '}',
      '(',
      ')',
      '=>',
      'params',
      ',',
      '`${',
      '`',
      "'",
      '/',
      '[',
      ']',
      ' ',
      '1',
      '?.',
      '==',
      'ƭ',
      '\u2028',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.array(words, { maxLength: 12 }).map((all) => all.join('')),
          fc.string(),
        ),
        (text) => {
          lineExpressionNames(text);
          try {
            const { variables = [] } = compiled(text);
            for (const name of variables) assert.ok(name.length > 0);
          } catch (error) {
            assert.ok(error instanceof RemoraError, `${text}: ${String(error)}`);
          }
        },
      ),
      { seed: 20261122, numRuns: 3000 },
    );
  });
});
