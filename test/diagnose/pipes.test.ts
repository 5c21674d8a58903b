import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setLimit } from '../../src/base/index.js';
import { Bench, resultOf } from './support/bench.js';

let bench: Bench;

before(async () => {
  bench = await Bench.start();
});

after(() => bench.close());

async function text(line: string): Promise<unknown> {
  return resultOf(await bench.exec(line), 'text').text;
}

test('grep: text, case, inversion, numbers, counts', async () => {
  assert.equal(await text('many -n 12 | grep 1'), 'many 1\nmany 10\nmany 11\nmany 12');
  assert.equal(await text('many -n 3 | grep MANY'), '');
  assert.equal(await text('many -n 2 | grep -i MANY'), 'many 1\nmany 2');
  assert.equal(await text('many -n 3 | grep -v 2'), 'many 1\nmany 3');
  assert.equal(await text('many -n 3 | grep -n 2'), '2:many 2');
  assert.equal(await text('many -n 12 | grep -c 1'), '4');
  assert.equal(await text('many -n 12 | grep -m 2 1'), 'many 1\nmany 10');
  assert.equal(await text("many -n 12 | grep -e '[45]$'"), 'many 4\nmany 5');
  assert.equal(await text("many -n 12 | grep -ie 'MANY 1.'"), 'many 10\nmany 11\nmany 12');
});

test('grep: context', async () => {
  assert.equal(await text('many -n 9 | grep -A 1 5'), 'many 5\nmany 6');
  assert.equal(await text('many -n 9 | grep -B 2 5'), 'many 3\nmany 4\nmany 5');
  assert.equal(await text('many -n 9 | grep -C 1 5'), 'many 4\nmany 5\nmany 6');
});

test('pipes in a row; wc counts; plaintext passes', async () => {
  assert.equal(await text('many -n 12 | grep 1 | grep -v 11 | wc -l'), '3');
  assert.equal(await text('many -n 2 | plaintext'), 'many 1\nmany 2');
  assert.equal(await text('many -n 5 | wc'), '5');
});

test('the text of commands that render tables is 160 wide and has no colours', async () => {
  const lines = String(await text('help | plaintext')).split('\n');
  assert.match(lines[0] ?? '', /^NAME +DESCRIPTION$/);
  assert.ok(lines.every((line) => line.length <= 160 && !line.includes('\u001b')));
});

test('the text comes right before the status, also for a command that fails', async () => {
  const { body } = await bench.exec('fail | grep about');
  assert.deepEqual(
    body?.results?.map(({ type }) => type),
    ['message', 'status'],
  );
  const { body: interrupted } = await bench.exec('tick -i 20 | wc -l', { execTimeout: 100 });
  const ticks = interrupted?.results?.filter(({ type }) => type === 'tick').length;
  assert.deepEqual(interrupted?.results?.at(-2)?.text, String(ticks));
});

test('wrong pipes', async () => {
  assert.match((await bench.exec('version | sort')).message ?? '', /no pipe command 'sort'/);
  assert.match((await bench.exec('version |')).message ?? '', /nothing follows a '\|'/);
  const missing = resultOf(await bench.exec('version | grep'), 'status');
  assert.deepEqual([missing.statusCode, missing.message], [-10, "The argument 'pattern' is required"]);
  const bad = resultOf(await bench.exec("version | grep -e '('"), 'status');
  assert.equal(bad.statusCode, -10);
  assert.match(String(bad.message), /^'\(' is no regular expression/);
});

test('a regular expression without an end does not stop the agent', async () => {
  const long = `echo ${'a'.repeat(60)}! | grep -e '^(a+)+$'`;
  const start = performance.now();
  const status = resultOf(await bench.exec(long), 'status');
  assert.equal(status.statusCode, -1);
  assert.match(String(status.message), /took longer than 200 ms/);
  assert.ok(performance.now() - start < 2000);
});

test('the text is bounded and says so', async () => {
  try {
    setLimit('pipe-text-bytes=100');
    const lines = String(await text('many -n 50 | plaintext')).split('\n');
    assert.equal(lines.length, 14);
    assert.equal(lines.at(-1), '... 37 more lines: the limit pipe-text-bytes (100) is reached');
  } finally {
    setLimit('pipe-text-bytes=1048576');
  }
});
