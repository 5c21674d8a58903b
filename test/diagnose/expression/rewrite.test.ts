import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { RemoraError } from '../../../src/base/index.js';
import { compileExpression } from '../../../src/diagnose/expression/index.js';
import { isRiskyRegex } from '../../../src/diagnose/expression/riskyRegex.js';

function source(text: string, unsafe = false): string {
  return compileExpression(text, { unsafe }).source;
}

function refusal(text: string, unsafe = false): string {
  try {
    compileExpression(text, { unsafe });
  } catch (error) {
    assert.ok(error instanceof RemoraError, String(error));
    assert.equal(error.code, 'bad-expression');
    return error.message;
  }
  return assert.fail(`${text} was taken`);
}

describe('an expression', () => {
  it('is one expression and nothing after it', () => {
    for (const text of [
      '1;',
      '1 2',
      'a,',
      'if (a) b',
      'a)',
      '(a',
      '',
      '  ',
      'return 1',
      'let a',
      'a //\nb',
    ]) {
      refusal(text);
    }
    for (const text of ['(1)', '((a)).b', '1 // why', '/* x */ a', 'a\n+\nb', '{a:1}', '(1)+(2)'])
      source(text);
  });

  it('holds nothing that changes or waits, with --unsafe neither', () => {
    for (const text of [
      'a = 1',
      'a.b += 1',
      'a++',
      '--a',
      'delete a.b',
      'new Date()',
      'await a',
      'yield a',
      "import('fs')",
      'import.meta.url',
      'this.a',
      '(function () {})()',
      'class {}',
      'a`b`',
      '[1].map(async () => 1)',
      '[1].map(() => { return 1 })',
      '[1].map(function () {})',
      '({ get a() { return 1 } })',
      '({ a() {} })',
      '({ __proto__: a })',
      '[1].map(({ ...rest }) => rest)',
      'a.#b',
      '() => 1',
      'f = () => 1',
      '[1].map((a = (b = 1)) => a)',
      '_$r',
      '[1].map(_$1 => 1)',
      'arguments',
      'super.a',
      'module(a)',
      "module('a', 'b')",
      'module',
    ]) {
      refusal(text);
      refusal(text, true);
    }
  });

  it('says where and what', () => {
    assert.match(refusal('a.b = 1'), /an assignment is not allowed .*at character 1/);
    assert.match(refusal('[a, new B()]'), /'new' is not allowed .*at character 5/);
    assert.match(refusal('[a, '), /Unexpected token .*at character 5/);
  });

  it('is bounded in length and depth', () => {
    const code = (text: string) => {
      try {
        compileExpression(text);
      } catch (error) {
        return (error as RemoraError).code;
      }
      return 'taken';
    };
    assert.equal(code('a'.repeat(10_001)), 'expression-too-long');
    for (const text of [
      `${'('.repeat(4000)}a${')'.repeat(4000)}`,
      '['.repeat(5000),
      `${'-'.repeat(300)}a`,
      `${'!'.repeat(9000)}a`,
    ]) {
      assert.match(code(text), /bad-expression|taken/);
    }
    assert.equal(code(`${'['.repeat(200)}${']'.repeat(200)}`), 'bad-expression');
    assert.match(code(`a${'.b'.repeat(3000)}`), /bad-expression|taken/);
    assert.equal(code(`a${'.b'.repeat(100)}`), 'taken');
  });

  it('calls through the runtime, once for each receiver', () => {
    assert.equal(source('a.b(c)'), '_$r.c(a,"b",[c])');
    assert.equal(source('f(1, ...a)'), '_$r.f(f,[1,..._$r.i(a)])');
    assert.equal(source('a?.b'), '((_$1)=>_$1==null?void 0:_$1["b"])(a)');
    assert.equal(
      source('a.b?.(c).d'),
      '((_$1)=>((_$2)=>_$2==null?void 0:_$r.k(_$2,_$1,[c],\'\')["d"])(_$1["b"]))(a)',
    );
    assert.equal(source('a.b(c)', true), 'a["b"](c)');
  });

  it('converts nothing by itself', () => {
    assert.equal(source('a + b'), '_$r.d(a,b)');
    assert.equal(source('a < 1'), '(_$r.p(a) < 1)');
    assert.equal(source('a == b'), '_$r.e(a,b)');
    assert.equal(source('a == null'), '(a==null)');
    assert.equal(source('a[b]'), 'a[_$r.p(b)]');
    assert.equal(source(`\`x\${a}\``), '("x"+_$r.x(a)+"")');
    assert.equal(source('a instanceof B'), '_$r.n(a,B)');
  });

  it('takes patterns apart without asking an iterator', () => {
    assert.equal(
      source('a.map(([k, v]) => v)'),
      '_$r.c(a,"map",[_$r.w((_$1)=>{_$r.t();const _$2=_$r.i(_$1);const k=_$2[0];const v=_$2[1];return v})])',
    );
  });

  it('masks what is read from a secret-looking name, where it is a result', () => {
    assert.equal(source('a.password'), '_$r.s(a["password"])');
    assert.equal(source('[a.apiKey, a.b]'), '[_$r.s(a["apiKey"]),a["b"]]');
    assert.equal(source('a.tokens.length'), 'a["tokens"]["length"]');
    assert.equal(source('a.password === b'), '(a["password"] === b)');
    assert.match(source('u.map((u) => u.token)'), /return _\$r\.s\(u\["token"\]\)/);
    assert.equal(compileExpression('a.password', { redact: false }).source, 'a["password"]');
  });

  it('names its roots and modules', () => {
    const { roots, modules } = compileExpression("module('cart.js').x.filter((a) => a.b > limit)");
    assert.deepEqual([...roots.keys()], ['limit']);
    assert.deepEqual(modules, ['cart.js']);
  });
});

it('knows regular expressions that can take for ever', () => {
  for (const risky of ['(a+)+', '(a*)*b', '((a|b)+c?)*', '(?:x{2,})+', '(.*,)*', '(a)\\1', '\\k<n>']) {
    assert.equal(isRiskyRegex(risky), true, risky);
  }
  for (const fine of ['a+b*', '(a|b)+', '[a+]+', '(ab)?c+', 'a{2,5}', '\\(a+\\)+', '(\\d+)-(\\d+)']) {
    assert.equal(isRiskyRegex(fine), false, fine);
  }
});
