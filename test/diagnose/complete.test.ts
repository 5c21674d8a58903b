import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Command, Completion } from '../../src/diagnose/index.js';
import { COMMANDS } from '../../src/diagnose/index.js';
import { Bench } from './support/bench.js';
import { TEST_COMMANDS } from './support/commands.js';

let bench: Bench;
const asked: string[] = [];

const [version] = COMMANDS.filter(({ name }) => name === 'version');
const probe: Command = {
  ...(version as Command),
  name: 'probe',
  results: [],
  options: [
    { short: 'n', long: 'limits', kind: 'integer', summary: 'How many' },
    { short: 'E', long: 'regex', kind: 'flag', summary: 'Regular' },
  ],
  args: [
    { name: 'process', required: true, summary: '', completes: 'process' },
    { name: 'module', required: false, summary: '', completes: 'module' },
    { name: 'functions', required: false, multiple: true, summary: '', completes: 'function' },
  ],
};

before(async () => {
  bench = await Bench.start({
    commands: [...COMMANDS, ...TEST_COMMANDS, probe],
    completeInside: async (target, prefix, kind) => {
      asked.push(`${target.process.name}:${prefix}:${kind}`);
      return ['src/cart', 'src/card', 'lib/x'];
    },
  });
});

after(() => bench.close());

async function post(body: unknown): Promise<Response> {
  return fetch(bench.url.replace('/api', '/remora/complete'), { method: 'POST', body: JSON.stringify(body) });
}

async function candidates(line: string, more: Record<string, unknown> = {}): Promise<[number, string[]]> {
  const { from, candidates: found } = (await (await post({ line, ...more })).json()) as Completion;
  return [from, found.map(({ text }) => text)];
}

test('commands, also as an argument, and behind a pipe', async () => {
  assert.deepEqual(await candidates('hel'), [0, ['help']]);
  assert.deepEqual(await candidates('help ver'), [5, ['version']]);
  assert.deepEqual(await candidates('version | gr'), [10, ['grep']]);
  assert.ok((await candidates(''))[1].length > 10);
  assert.deepEqual(await candidates('nosuch x'), [7, []]);
});

test('options and global option names', async () => {
  assert.deepEqual(await candidates('history --c'), [8, ['--clear']]);
  assert.deepEqual(await candidates('history --'), [8, ['--clear', '--help']]);
  assert.deepEqual(await candidates('options jo'), [8, ['job-timeout']]);
});

test('jobs', async () => {
  const { sessionId } = await bench.session();
  const { body } = await bench.call({ action: 'async_exec', sessionId, command: 'tick -i 5000 &' });
  assert.deepEqual(await candidates('kill '), [5, [String(body?.jobId)]]);
});

test('what is left of the cursor counts', async () => {
  assert.deepEqual(await candidates('help verXXX', { cursor: 8 }), [5, ['version']]);
});

test('processes; modules and functions of one that is attached, for those who may look', async () => {
  assert.deepEqual(await candidates('probe sh'), [6, ['shop']]);
  assert.deepEqual(await candidates('probe shop src/', { process: 'shop' }), [11, []]);
  assert.deepEqual(asked, [], 'completion attaches nothing');
  await bench.targets.attach('shop');
  assert.deepEqual(await candidates('probe shop src/', { process: 'shop' }), [11, ['src/cart', 'src/card']]);
  assert.deepEqual((await candidates('probe -n 5 -E shop src/ '))[1].length, 3);
  assert.deepEqual(asked, ['shop:src/:module', 'shop::function']);
  bench.role = 'viewer';
  assert.deepEqual(await candidates('probe shop src/'), [11, []]);
  bench.role = 'admin';
  assert.deepEqual(await candidates('probe shop src/', { process: 'nosuch' }), [11, []]);
});

test('bad requests are told what is expected', async () => {
  for (const body of [{}, { line: 5 }, { line: 'x', cursor: -1 }, [], null]) {
    const response = await post(body);
    assert.equal(response.status, 400, JSON.stringify(body));
    const { error } = (await response.json()) as { error: { message: string; hint: string } };
    assert.ok(error.message.length > 5);
    assert.match(error.hint, /"line"/);
  }
  const url = bench.url.replace('/api', '/remora/complete');
  assert.equal((await fetch(url, { method: 'POST', body: '{' })).status, 400);
});

test('words of the commands that observe calls', async () => {
  await bench.exec('attach', { process: 'shop' });
  const at = { process: 'shop' };
  assert.deepEqual(await candidates('watch src/', at), [6, ['src/cart', 'src/card']]);
  assert.deepEqual(await candidates('watch -n 5 src/cart src', at), [20, ['src/cart', 'src/card']]);
  assert.deepEqual(await candidates('watch a.js f par', at), [13, ['params']]);
  assert.deepEqual(await candidates('watch a.js f params ret', at), [20, ['returnObj']]);
  assert.deepEqual(await candidates('monitor a.js f thr', at), [15, ['throwExp']]);
  assert.deepEqual(await candidates('stack a.js --ex', at), [11, ['--exclude-class-pattern']]);
});
