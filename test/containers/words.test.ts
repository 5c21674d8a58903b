/** What a caller gives arrives byte for byte, whatever it holds: the script that carries it is quoted right. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { chooseTool, keeperArguments, keeperTool } from '../../src/containers/runtimes/keeper.js';
import { keeperExit, waitStatus } from '../../src/containers/runtimes/keeperExit.js';
import { quote } from '../../src/containers/runtimes/startScript.js';
import { commandText, environmentOf, programOf, resourceLimits } from '../../src/containers/startPlan.js';
import { host, launchRoot, session, tempFolder } from './support/host.js';

const SEED = 20_261_122;
const word = fc.string({ unit: 'binary', maxLength: 40 }).filter((text) => !text.includes('\0'));
const nasty = fc.oneof(
  word,
  fc.constantFrom(
    "'",
    "''",
    '\\',
    '\\\\',
    '$(id)',
    '`id`',
    '\n',
    '\r\n',
    '"',
    '!',
    '*',
    '~',
    '-n',
    '#',
    ';',
    '&&',
    "'\\''",
  ),
);
const name = fc
  .oneof(fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,12}$/), word)
  .filter((text) => text !== '' && !text.includes('='));
/** Names that the system's own programs would act upon before the test's program could show them. */
const ACTED_UPON = /^(LD_|GLIBC|GCONV|MALLOC|NODE|PATH$|LC_|LANG|POSIXLY|UV_|SSL|OPENSSL)/;

test('quote: what sh makes of it is the text itself', () => {
  fc.assert(
    fc.property(fc.array(nasty, { maxLength: 20 }), (words) => {
      const script = `for word in ${words.map(quote).join(' ')}; do printf '%s\\0' "$word"; done`;
      const out = execFileSync('sh', ['-c', script], { encoding: 'utf8' });
      assert.deepEqual(out.split('\0').slice(0, -1), words);
    }),
    { seed: SEED, numRuns: 60 },
  );
});

test('arguments and environment arrive byte for byte', async (t) => {
  const { containers } = host(t);
  await launchRoot(containers);
  const script =
    'process.stdout.write(JSON.stringify([process.argv0, process.argv.slice(1), Object.entries(process.env)]))';
  let run = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(nasty, { maxLength: 8 }),
      fc.dictionary(name, nasty, { maxKeys: 8 }),
      async (words, given) => {
        const variables = Object.entries(given).filter(([key]) => !ACTED_UPON.test(key));
        run += 1;
        const command = {
          value: process.execPath,
          shell: false,
          arguments: [run % 2 === 0 ? process.execPath : 'other', '-e', script, '--', ...words],
          environment: { variables: variables.map(([key, value]) => ({ name: key, value })) },
        };
        const { stdout, stderr, termination } = await session(containers, `root.r${run}`, command);
        assert.deepEqual(termination, { exitStatus: 0 }, stderr);
        const [argv0, argv, env] = JSON.parse(stdout) as [string, string[], [string, string][]];
        assert.equal(argv0, command.arguments[0]);
        assert.deepEqual(argv, words);
        const seen = new Map(env);
        for (const [key, value] of variables) assert.equal(seen.get(key), value, key);
        for (const key of ['MESOS_SANDBOX', 'PATH', ...variables.map(([own]) => own)]) seen.delete(key);
        seen.delete('REMORA_CONTAINER');
        assert.deepEqual([...seen], [], 'and nothing else');
      },
    ),
    { seed: SEED, numRuns: 40 },
  );
});

test('an exit as awk tells it becomes a wait status', () => {
  assert.equal(waitStatus('0'), 0);
  assert.equal(waitStatus('139'), 139 << 8);
  assert.equal(waitStatus('255'), 255 << 8);
  assert.equal(waitStatus('265'), 9);
  assert.equal(waitStatus('395'), 139, 'mawk: with a core dumped');
  assert.equal(waitStatus('523'), 139, 'gawk: with a core dumped');
  assert.equal(waitStatus('0.03515625'), 9, 'an old gawk');
  assert.equal(waitStatus('s3'), 768);
  assert.equal(waitStatus('s137'), 9, "the shell's word");
  assert.equal(waitStatus('s255'), 255 << 8);
  for (const text of ['', 'x', '-1', 's', 's-1', 's1234', 'NaN', 'Infinity'])
    assert.equal(waitStatus(text), undefined, text);
});

test('an awk that cannot tell signals is not believed; the shell is asked then', (t) => {
  const folder = tempFolder();
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  // As busybox does: 0 for any signal.
  const liar = join(folder, 'liar');
  writeFileSync(liar, '#!/bin/sh\necho 0\n', { mode: 0o755 });
  assert.deepEqual(chooseTool([liar]), { file: liar, exact: false });
  assert.equal(chooseTool([]), undefined);
  assert.deepEqual(chooseTool([liar, keeperTool().file])?.exact, true);
  const awk = keeperTool().file;
  for (const exact of [true, false]) {
    for (const [command, status] of [
      ['exit 7', 1792],
      ['kill -9 $$', 9],
      ['kill -15 $$', 15],
    ] as const) {
      const file = join(folder, "it's exit");
      const args = keeperArguments({ file: awk, exact }, `sh -c '${command}'`, file);
      const [program = '', first = '', name = '', last = ''] = args;
      execFileSync(awk, [program, first, name, last.replace(/exec sleep .*/, ':')]);
      assert.equal(waitStatus(readFileSync(file, 'utf8').trim()), status, `${command}, exact: ${exact}`);
    }
  }
});

test('a keeper that is no more, with nothing written, tells no status', async () => {
  const gone = { pid: 2 ** 30, startTicks: 1 };
  const exit = keeperExit('/nonexistent', gone, gone);
  assert.equal(await exit.status, undefined);
  assert.equal(exit.isLost, false);
});

test('no command, environment or limit of any shape breaks the plan: it is made, or refused with a code', () => {
  const value = fc.option(fc.oneof(word, fc.string({ unit: 'binary' })), { nil: undefined });
  const variable = fc.record({ name: fc.string({ unit: 'binary' }), value }, { requiredKeys: ['name'] });
  const command = fc.record(
    {
      value,
      shell: fc.option(fc.boolean(), { nil: undefined }),
      arguments: fc.array(fc.string({ unit: 'binary' })),
      environment: fc.record({ variables: fc.array(variable) }, { requiredKeys: [] }),
    },
    { requiredKeys: [] },
  );
  const limit = fc.record({
    type: fc.option(fc.constantFrom('RLMT_NOFILE', 'RLMT_AS', 'UNKNOWN', 'x'), { nil: undefined }),
    soft: fc.option(fc.double(), { nil: undefined }),
    hard: fc.option(fc.double(), { nil: undefined }),
  });
  fc.assert(
    fc.property(command, fc.array(limit, { maxLength: 3 }), (given, rlimits) => {
      assert.equal(typeof commandText(given), 'string');
      programOf(given);
      for (const plan of [
        () => environmentOf(given, {}, {}),
        () => resourceLimits({ type: 'MESOS', rlimit_info: { rlimits } }),
      ]) {
        try {
          plan();
        } catch (error) {
          assert.equal((error as { code?: string }).code, 'bad-container', String(error));
        }
      }
    }),
    { seed: SEED, numRuns: 500 },
  );
});
