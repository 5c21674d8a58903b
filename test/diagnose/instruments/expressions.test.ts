/** Expressions that are asked at every call: JavaScript, and the OGNL of documents, as text; nothing is attached. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { RemoraError } from '../../../src/base/index.js';
import { compileCallExpression, forCalls } from '../../../src/diagnose/expression/index.js';
import { fromOgnl } from '../../../src/diagnose/expression/ognlSpelling.js';
import { VARIABLES } from '../../../src/target/index.js';

const source = (text: string, unsafe = false): string =>
  forCalls(compileCallExpression(text, { unsafe }), []).source;
const atEntry = (text: string): boolean => forCalls(compileCallExpression(text), []).atEntry;

function refusal(text: string, unsafe = false): string {
  try {
    compileCallExpression(text, { unsafe });
  } catch (error) {
    assert.ok(error instanceof RemoraError, String(error));
    assert.equal(error.code, 'bad-expression');
    return error.text;
  }
  return assert.fail(`${text} was taken`);
}

describe('expressions for calls', () => {
  it('the expressions of the documents of Arthas', () => {
    const same: readonly [ognl: string, javaScript: string][] = [
      ['{params, target, returnObj}', '[params, target, returnObj]'],
      ['{params[0],target,returnObj}', '[params[0],target,returnObj]'],
      ['{params,returnObj}', '[params,returnObj]'],
      ['{params}', '[params]'],
      ['#cost>100', 'cost>100'],
      ['#cost > 0.5 && params[0] < 0', 'cost > 0.5 && params[0] < 0'],
      ['#{"p":params,"r":returnObj}', '({"p":params,"r":returnObj})'],
      ["#{'p': params[0], 'list': {1, 2}}", "({'p': params[0], 'list': [1, 2]})"],
      ['params[0]+params[1]', 'params[0]+params[1]'],
      ['params.length==2', 'params.length==2'],
      ['1==1', '1==1'],
      ['true', 'true'],
      ['isReturn', 'isReturn'],
      ['throwExp!=null', 'throwExp!=null'],
      ['returnObj==null', 'returnObj==null'],
      ['method.name', 'method.name'],
      ['target.count', 'target.count'],
      ['params[0] eq "a" and not (params[1] lt 5L)', 'params[0] == "a" && ! (params[1] < 5)'],
      ['params[0] gte 5 or params[0] neq 7', 'params[0] >= 5 || params[0] != 7'],
      ['{{1, 2}, {3}}', '[[1, 2], [3]]'],
      ['{params[0] ? 1 : 2, 3}', '[params[0] ? 1 : 2, 3]'],
      ['100L + 1.5d', '100 + 1.5'],
    ];
    for (const [ognl, javaScript] of same) assert.equal(source(ognl), source(javaScript), ognl);
  });

  it('JavaScript stays what it is', () => {
    for (const text of [
      '{a: 1, b: params}',
      '{"a-b": 1}',
      '{[params[0]]: 1}',
      '{}',
      '{...params[0], x: 1}',
      'params[0].map(({id, name}) => id)',
      'params.map(([a, {b}]) => b)',
      '"{a, b} #cost @x@y"',
      "'{a, b} and #this'",
      `\`{a, b} #\${params[0]} and {c}\``,
      'params[0].replace(/{a,b} #@/, "x")',
      'params[0] / 2 / params[1]',
      'params[0].and',
      'params[0].not.or',
      '{and: 1, or: 2}',
      'params[0]?.b ?? 1',
      'params[0] ? .5 : 1',
      '1 /* {a, b} # */ + 2 // {a} #',
      '0x1F + 1e3 + 10n',
    ]) {
      assert.equal(fromOgnl(text, VARIABLES), text);
      assert.doesNotThrow(() => source(text), text);
    }
    assert.equal(source('{a: 1}'), '({"a":1})');
    assert.equal(source('`{params}`'), '("{params}")');
    assert.match(
      source('params[0].map(({id, name}) => id)'),
      /const id=_\$2\["id"\];const name=_\$2\["name"\]/,
    );
  });

  it('OGNL without a plain meaning is refused, with the JavaScript to write', () => {
    const refused: readonly [string, RegExp][] = [
      ['@pkg.Cls@FIELD', /@class@member is OGNL: write module\('file\.js'\)\.member.*at character 1/],
      ['@pkg.Cls@m(1)', /module\(/],
      ['1 + @pkg.Cls@FIELD', /at character 5/],
      ['params[0].{name}', /\.\{projection\} is OGNL: write \.map\(\(each\) => each\.name\)/],
      ['params[0].{? #this.name == null }.size()>0', /\.filter\(\(each\) => \.\.\.\)/],
      ['params[0].{^ #this > 1}', /\.find\(/],
      ['params[0].{$ #this > 1}', /\.at\(-1\)/],
      ['#this.name', /an arrow function with a parameter/],
      ['params[0] in {1, 2}', /\[list\]\.includes\(value\)/],
      [':[#this * 2]', /an arrow function/],
      ['params[0].size() > 0', /\.size\(\) is a method of Java: write \.length/],
      ['params[0].equals("a")', /write ==/],
      ['#nothing', /there is no variable #nothing.*The variables are params, target/],
      ['#', /stands before a variable/],
      ['params[0', /Unexpected token/],
      ['#cost = 1', /an assignment is not allowed/],
      ['params[0].count++', /\+\+ and -- is not allowed/],
      ['new Date()', /'new' is not allowed/],
      ['params[0].#secret', /at character/],
    ];
    for (const [text, why] of refused) assert.match(refusal(text), why, text);
  });

  it('a name that nobody knows is an error that lists the variables', () => {
    for (const text of [
      'foo',
      'params[0] + foo',
      'returnObject',
      'x.map((y) => z)',
      'require("fs")',
      'exports',
    ]) {
      const said = refusal(text);
      assert.match(said, /is not known here/, text);
      for (const name of VARIABLES) assert.ok(said.includes(name), `${text}: ${name}`);
    }
    assert.match(refusal('params[0] + foo'), /'foo'.*at character 13/);
    for (const text of [
      'Math.max(1, 2)',
      'JSON.stringify(params[0])',
      'process.pid',
      'globalThis.foo',
      'undefined',
      'NaN',
    ]) {
      assert.doesNotThrow(() => source(text), text);
    }
    assert.doesNotThrow(() => source('params.map((foo) => foo.id)'));
  });

  it('is asked at entry when it names nothing that only the end knows', () => {
    for (const text of [
      'params[0] > 1',
      'target.id == 5',
      'method.name',
      '1==1',
      'process.uptime',
      'globalThis.x',
      'params.cost',
    ]) {
      assert.equal(atEntry(text), true, text);
    }
    for (const text of [
      'returnObj',
      'throwExp != null',
      '#cost > 1',
      'isReturn',
      'isThrow',
      'isBefore',
      '{params, returnObj}',
    ]) {
      assert.equal(atEntry(text), false, text);
    }
    assert.equal(atEntry('params[0].map((cost) => cost)'), true);
  });

  it('names its modules, and the files come in their order', () => {
    const expression = compileCallExpression("module('cart.js').rate + module('b.js').x");
    assert.deepEqual(expression.modules, ['cart.js', 'b.js']);
    const { files, fuel } = forCalls(expression, ['/srv/cart.js', '/srv/b.js']);
    assert.deepEqual(files, ['/srv/cart.js', '/srv/b.js']);
    assert.equal(fuel, 10_000);
  });

  it('masks secret-looking names, and says what the value is read from', () => {
    assert.match(source('{params[0].password}'), /_\$r\.s\(/);
    assert.equal(forCalls(compileCallExpression('params[0].password'), []).name, 'password');
    assert.equal(forCalls(compileCallExpression('{params[0].password}'), []).name, '');
  });

  it('--unsafe takes calls of anything, and Java names with them', () => {
    assert.match(source('params[0].equals(1)', true), /\["equals"\]\(1\)/);
    assert.match(refusal('params[0] = 1', true), /an assignment/);
    assert.match(refusal('foo()', true), /not known/);
  });
});
