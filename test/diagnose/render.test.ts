import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  ANSI_STYLE,
  COMMANDS,
  commandCatalogue,
  fold,
  PLAIN_STYLE,
  renderKeyValue,
  renderResult,
  renderTable,
  renderTree,
  resultRenderer,
  textWidth,
  visible,
} from '../../src/diagnose/index.js';

test('a table as wide as it needs to be', () => {
  const text = renderTable(
    [{ title: 'ID', align: 'right' }, { title: 'NAME' }],
    [
      ['1', 'one'],
      ['10', 'ten'],
    ],
    PLAIN_STYLE,
    80,
  );
  assert.equal(text, 'ID  NAME\n 1  one\n10  ten');
});

test('a table that must give way folds its widest column', () => {
  const text = renderTable(
    [{ title: 'NAME' }, { title: 'SUMMARY' }],
    [['watch', 'Show arguments and results of calls']],
    PLAIN_STYLE,
    24,
  );
  assert.equal(text, 'NAME   SUMMARY\nwatch  Show arguments\n       and results of\n       calls');
});

test('any table fits its width, and loses no character', () => {
  const cell = fc.string({ unit: fc.constantFrom('a', 'b', ' ', '\u4f60', '-'), maxLength: 60 });
  fc.assert(
    fc.property(
      fc.array(fc.array(cell, { minLength: 3, maxLength: 3 }), { maxLength: 6 }),
      fc.integer({ min: 24, max: 100 }),
      (rows, width) => {
        const columns = ['A', 'B', 'C'].map((title) => ({ title }));
        const text = renderTable(columns, rows, PLAIN_STYLE, width);
        for (const line of text.split('\n'))
          assert.ok(textWidth(line) <= width, `${line} is wider than ${width}`);
        const letters = (of: string) => of.replaceAll(/[\s]/g, '').length;
        assert.equal(letters(text), 3 + letters(rows.flat().join('')));
      },
    ),
    { seed: 20260106, numRuns: 2000 },
  );
});

test('colours take no room', () => {
  const columns = [{ title: 'A', paint: ANSI_STYLE.red }, { title: 'B' }];
  const text = renderTable(columns, [['x', 'y']], ANSI_STYLE, 80);
  assert.match(text, /\u001b\[31mx\u001b\[39m {2}y/);
  assert.equal(textWidth('\u001b[31mx\u001b[39m\u4f60'), 3);
});

test('names and values; long ones fold under themselves, undefined ones are left out', () => {
  const text = renderKeyValue(
    [
      ['A', 'short'],
      ['LONGER', 'a value that is too long'],
      ['NONE', undefined],
    ],
    PLAIN_STYLE,
    24,
  );
  assert.equal(text, 'A       short\nLONGER  a value that is\n        too long');
});

test('a tree, also a very deep one', () => {
  const tree = {
    label: 'root',
    children: [{ label: 'a', children: [{ label: 'b\nmore' }] }, { label: 'c' }],
  };
  assert.equal(renderTree(tree), 'root\n├─a\n│ └─b\n│   more\n└─c');
  let deep: { label: string; children?: { label: string }[] } = { label: 'leaf' };
  for (let level = 0; level < 3000; level++) deep = { label: 'n', children: [deep] };
  assert.equal(renderTree(deep).split('\n').length, 3001);
});

test('text from a process cannot steer the terminal', () => {
  assert.equal(visible('a\u001b]0;title\u0007\r\n\tb\u202e'), 'a\\x1b]0;title\\x07\\x0d\n\tb\\u202e');
  assert.equal(visible('\u001b[31mred\u001b[0m'), '\\x1b[31mred\\x1b[0m');
  assert.equal(visible('\u001b[31mred\u001b[2J', true), '\u001b[31mred\\x1b[2J');
  assert.equal(renderResult({ type: 'message', message: '\u001b[2J' }, ANSI_STYLE, 80), '\\x1b[2J');
  assert.equal(renderResult({ type: 'echo', content: '\u001b[2J' }, PLAIN_STYLE, 80), '\\x1b[2J');
});

test('fold keeps every character but the blanks it breaks at', () => {
  assert.deepEqual(fold('one two three', 7), ['one two', 'three']);
  assert.deepEqual(fold('abcdefgh', 3), ['abc', 'def', 'gh']);
  assert.deepEqual(fold('', 5), ['']);
});

test('results that belong to no command, and unknown ones', () => {
  const text = (result: Record<string, unknown> & { type: string }) => renderResult(result, PLAIN_STYLE, 80);
  assert.equal(text({ type: 'status', statusCode: 0 }), undefined);
  assert.equal(text({ type: 'status', statusCode: -1, message: 'no' }), 'no');
  assert.equal(text({ type: 'input_status', inputStatus: 'ALLOW_INPUT' }), undefined);
  assert.equal(text({ type: 'row_affect', rowCount: 3 }), 'Affect(row-cnt:3)');
  assert.equal(text({ type: 'dropped', count: 3 }), '... 3 result(s) dropped here');
  assert.equal(
    text({ type: 'enhancer', success: true, effect: { classCount: 1, methodCount: 2, cost: 3 } }),
    'Affect(class count: 1, method count: 2) cost in 3 ms',
  );
  assert.equal(
    text({ type: 'nosuch', jobId: 1, a: 'x', b: [1, { c: 2 }] }),
    'a         x\nb         [1,{"c":2}]'.replaceAll('         ', '  '),
  );
});

test('a command wins its own result types', () => {
  const [version] = COMMANDS.filter(({ name }) => name === 'version');
  assert.ok(version);
  const own = { ...version, name: 'loud', results: [{ type: 'message', fields: [] }], render: () => 'LOUD' };
  assert.equal(resultRenderer([own])({ type: 'message', message: 'x' }, PLAIN_STYLE, 80), 'LOUD');
});

test('the catalogue is data that docs can be made of', () => {
  const catalogue = commandCatalogue();
  assert.equal(catalogue.length, COMMANDS.length);
  for (const entry of catalogue) {
    assert.ok(entry.summary && entry.cost && entry.examples.length > 0, entry.name);
    assert.doesNotMatch(entry.summary, /\.$/, `${entry.name}: a summary has no full stop`);
    assert.deepEqual(JSON.parse(JSON.stringify(entry)), entry, `${entry.name} is not plain data`);
  }
  const options = catalogue.find(({ name }) => name === 'options');
  assert.equal(options?.usage, 'options [-h] [options-name] [options-value]');
  assert.equal(options?.riskVaries, true);
});
