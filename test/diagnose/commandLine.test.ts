import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Grammar, parseArguments } from '../../src/diagnose/commandLine/parseArguments.js';
import { parseLine } from '../../src/diagnose/commandLine/parseLine.js';
import { tokenize } from '../../src/diagnose/commandLine/tokenize.js';
import { CommandFailure, type OptionSpec } from '../../src/diagnose/index.js';
import { ownCpuMilliseconds } from '../support/index.js';

const flag = (short: string, long: string): OptionSpec => ({ short, long, kind: 'flag', summary: '' });

const WATCH: Grammar = {
  options: [
    flag('b', 'before'),
    flag('e', 'exception'),
    flag('s', 'success'),
    { short: 'n', long: 'limits', kind: 'integer', default: 100, summary: '' },
    { short: 'x', long: 'expand', kind: 'integer', min: 0, max: 4, default: 1, summary: '' },
    { short: 'cs', long: 'classLoaderStr', kind: 'string', summary: '' },
    { long: 'classLoaderClass', kind: 'string', summary: '' },
    { short: 'c', long: 'classloader', kind: 'string', summary: '' },
    { long: 'exclude-class-pattern', kind: 'string', multiple: true, summary: '' },
    { long: 'skipJDKMethod', kind: 'boolean', default: true, summary: '' },
    { long: 'ratio', kind: 'number', summary: '' },
    { long: 'mode', kind: 'string', choices: ['slow', 'fast'], summary: '' },
  ],
  args: [
    { name: 'class-pattern', required: true, summary: '' },
    { name: 'method-pattern', required: true, summary: '' },
    { name: 'express', required: false, summary: '' },
  ],
};

function parse(line: string, grammar = WATCH) {
  const parsed = parseArguments(grammar, tokenize(line), line);
  if (parsed === 'help') throw new Error('help was asked for');
  return parsed;
}

function failure(line: string, grammar = WATCH): [number, string] {
  try {
    parse(line, grammar);
  } catch (error) {
    assert.ok(error instanceof CommandFailure, String(error));
    return [error.statusCode, error.message];
  }
  throw new Error(`accepted: ${line}`);
}

test('words: blanks, quotes, backslashes', () => {
  const cases: [string, string[]][] = [
    ['', []],
    ['  \t ', []],
    ['watch a\tb', ['watch', 'a', 'b']],
    ["watch '{params, target}' x", ['watch', '{params, target}', 'x']],
    ['"a \\" b" "\\x\\\\"', ['a " b', '\\x\\\\']],
    ["'a\\b'", ['a\\b']],
    ['a\\ b \\"c \\\\', ['a b', '"c', '\\']],
    ["pre'fix in'side", ['prefix inside']],
    ["'' x", ['', 'x']],
    ["'never closed x", ['never closed x']],
    ['end\\', ['end']],
    ['a;b\nc', ['a;b\nc']],
  ];
  for (const [line, words] of cases) assert.deepEqual(tokenize(line), words, line);
});

test('pipes are split off at the ends of a word, also inside quotes', () => {
  const cases: [string, string[]][] = [
    ['a | grep x', ['a', '|', 'grep', 'x']],
    ['a| grep x', ['a', '|', 'grep', 'x']],
    ['a |grep x', ['a', '|', 'grep', 'x']],
    ['a|b', ['a|b']],
    ["a '|' b", ['a', '|', 'b']],
    ["a '|b c'", ['a', '|', 'b c']],
    ["'a || b'", ['a || b']],
    ['||', ['|', '|']],
    ['a||', ['a', '|', '|']],
  ];
  for (const [line, words] of cases) assert.deepEqual(tokenize(line), words, line);
});

test('lines: name, pipes, redirect, background', () => {
  assert.deepEqual(parseLine('watch a b -n 5 | grep -i x | wc -l &'), {
    name: 'watch',
    words: ['a', 'b', '-n', '5'],
    pipes: [
      { name: 'grep', words: ['-i', 'x'] },
      { name: 'wc', words: ['-l'] },
    ],
    redirect: undefined,
    background: true,
  });
  assert.deepEqual(parseLine('jvm >> out.txt ignored | grep').redirect, { append: true, file: 'out.txt' });
  assert.deepEqual(parseLine('jvm >').redirect, { append: false, file: undefined });
  assert.deepEqual(parseLine('a >b').redirect, undefined);
  assert.equal(parseLine('a & b').background, false);
  assert.equal(parseLine('a&').background, false);
  assert.equal(parseLine('   ').name, undefined);
  assert.deepEqual(parseLine('a |').pipes, [{ name: undefined, words: [] }]);
});

test('every form of an option', () => {
  for (const form of ['-n 5', '-n5', '-n=5', '--limits 5', '--limits=5', '--lim 5', '--l=5']) {
    assert.equal(parse(`${form} A b`).options.limits, 5, form);
    assert.deepEqual(parse(`A ${form} b`).positional, ['A', 'b'], form);
  }
  const joined = parse('A b -bes').options;
  assert.deepEqual([joined.before, joined.exception, joined.success], [true, true, true]);
  assert.equal(parse('A b -bn5').options.limits, 5);
  assert.equal(parse('A b -bn 5').options.limits, 5);
  assert.equal(parse('A b -cs one').options.classLoaderStr, 'one');
  assert.equal(parse('A b -c one').options.classloader, 'one');
  assert.deepEqual(
    parse('A b --exclude-class-pattern x --exclude-class-pattern y').options.excludeClassPattern,
    ['x', 'y'],
  );
  assert.equal(parse('A b --skipJDKMethod false').options.skipJDKMethod, false);
  assert.deepEqual(parse('-b -- -e A').positional, ['-e', 'A']);
});

test('defaults, and what was not given', () => {
  const { options, line } = parse('A b');
  assert.equal(line, 'A b');
  assert.equal(options.limits, 100);
  assert.equal(options.skipJDKMethod, true);
  assert.equal(options.before, undefined);
});

test('an unknown option is a positional argument; surplus ones are left out', () => {
  assert.deepEqual(parse('A -Z b').positional, ['A', '-Z', 'b']);
  assert.deepEqual(parse('A --nosuch b').positional, ['A', '--nosuch', 'b']);
  assert.deepEqual(parse('A -bZ b').positional, ['A', '-bZ', 'b']);
  assert.equal(parse('A -bZ b').options.before, undefined);
  assert.deepEqual(parse('A b c d e').positional, ['A', 'b', 'c']);
  assert.deepEqual(parse('A --before=true b').positional, ['A', '--before=true', 'b']);
  assert.deepEqual(parse('A b -').positional, ['A', 'b', '-']);
});

test('negative numbers are values, and positional arguments', () => {
  assert.equal(parse('A b -n -1').options.limits, -1);
  assert.equal(parse('A b --ratio -.5').options.ratio, -0.5);
  assert.deepEqual(parse('A b -1').positional, ['A', 'b', '-1']);
});

test('the texts of the sheet', () => {
  assert.deepEqual(failure(''), [-10, "The argument 'class-pattern' is required"]);
  assert.deepEqual(failure('A'), [-10, "The argument 'method-pattern' is required"]);
  assert.deepEqual(failure('A b -n'), [-10, "The option 'limits' requires a value"]);
  assert.deepEqual(failure('A b -n -b'), [-10, "The option 'limits' requires a value"]);
  assert.deepEqual(failure('A b --classL x'), [
    -10,
    "Ambiguous argument in command line: '--classL' matches [classLoaderStr, classLoaderClass]",
  ]);
  const [code, text] = failure('A b -n abc');
  assert.equal(code, 1);
  assert.match(
    text,
    /^Error during processing the command: .*, message:Cannot inject value for option 'limits': 'abc' is not a number$/,
  );
  assert.equal(failure('A b -n 1.5')[0], 1);
  assert.equal(failure('A b --skipJDKMethod maybe')[0], 1);
  const one: Grammar = {
    options: [{ long: 'action', kind: 'string', required: true, summary: '' }],
    args: [],
  };
  assert.deepEqual(failure('', one), [-10, 'The option [action] is required']);
  const two: Grammar = {
    options: ['a', 'b'].map((long) => ({ long, kind: 'string', required: true, summary: '' })),
    args: [],
  };
  assert.deepEqual(failure('', two), [-10, 'The options [a, b] are required']);
});

test('bounds and choices name what is allowed', () => {
  assert.deepEqual(failure('A b -x 5'), [-10, "The option 'expand' must be at least 0 and at most 4, not 5"]);
  assert.deepEqual(failure('A b --mode odd'), [
    -10,
    "The option 'mode' must be one of [slow, fast], not 'odd'",
  ]);
});

test('help wins over every error, unless -h is taken', () => {
  for (const line of ['-h', 'A --help', '-n -h', '--c x --he', '-bh']) {
    assert.equal(parseArguments(WATCH, tokenize(line), line), 'help', line);
  }
  const own: Grammar = { options: [flag('h', 'header')], args: [] };
  assert.notEqual(parseArguments(own, ['-h'], ''), 'help');
  assert.equal(parseArguments(own, ['--help'], ''), 'help');
  assert.notEqual(parseArguments(WATCH, ['--', '-h', 'x'], ''), 'help');
});

test('a last argument that is open takes all words', () => {
  const cat: Grammar = {
    options: [],
    args: [{ name: 'files', required: true, multiple: true, summary: '' }],
  };
  assert.deepEqual(parse('a b c', cat).positional, ['a', 'b', 'c']);
});

test('100,000 generated lines: words or a CommandFailure, in time', () => {
  const piece = fc.constantFrom(
    ...' \t\'"\\|&><=-;'.split(''),
    '--',
    '-n',
    '-n5',
    '--limits',
    '--l',
    '--c',
    '-bes',
    '-h',
    '--skipJDKMethod=',
    'true',
    '-1',
    'A',
    '{params}',
    '\u0000',
    '\ud83d',
    '\n',
  );
  const words = fc.array(piece, { maxLength: 30 }).map((parts) => parts.join(''));
  const line = fc.oneof(
    words,
    words.map((text) => `watch A b ${text}`),
  );
  const start = performance.now();
  let parsed = 0;
  fc.assert(
    fc.property(line, (text) => {
      const { words } = parseLine(text);
      try {
        parseArguments(WATCH, words, text);
        parsed++;
      } catch (error) {
        assert.ok(error instanceof CommandFailure, String(error));
      }
    }),
    { seed: 20260104, numRuns: 100_000 },
  );
  assert.ok(parsed > 1000, `only ${parsed} were accepted`);
  assert.ok(performance.now() - start < 120_000);
});

test('the longest lines are taken apart in a moment', () => {
  const length = 65_536;
  for (const unit of ['|', "'", '\\', 'a ', '-b ', '--c ', '-n5 ', '-', '"a"', '> ', '-bbbbbbb']) {
    const text = unit.repeat(length / unit.length);
    const start = ownCpuMilliseconds();
    const { words } = parseLine(`x ${text}`);
    try {
      parseArguments(WATCH, words, text);
    } catch (error) {
      assert.ok(error instanceof CommandFailure);
    }
    assert.ok(ownCpuMilliseconds() - start < 2000, `${unit} took ${ownCpuMilliseconds() - start} ms of CPU`);
  }
});

test('words that look like options and are none', () => {
  assert.deepEqual(parse('Cart add --expnd 2 -y').strays, ['--expnd', '-y']);
  assert.deepEqual(parse('Cart add --expnd=2').strays, ['--expnd=2']);
  assert.equal(parse('Cart add -params.length -1').strays, undefined);
  assert.equal(parse('Cart add -- --expnd').strays, undefined);
  const echo: Grammar = { options: [], args: [{ name: 'text', required: false, dashed: true, summary: '' }] };
  assert.equal(parse('--foo', echo).strays, undefined);
});
