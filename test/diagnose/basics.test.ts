import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { COMMANDS, PLAIN_STYLE, ResultText, renderResult, SessionStore } from '../../src/diagnose/index.js';
import { Bench, resultOf } from './support/bench.js';
import { BookTargets } from './support/targets.js';

let bench: Bench;

before(async () => {
  bench = await Bench.start({ allow: ['read', 'observe', 'change'] });
});

after(() => bench.close());

const shown = (result: { type: string }) => renderResult(result, PLAIN_STYLE, 80);

test('every basic command has a page: help NAME shows usage, options and examples', async () => {
  for (const { name, summary, examples } of COMMANDS) {
    const help = resultOf(await bench.exec(`help ${name}`), 'help');
    const text = shown(help) ?? '';
    assert.ok(text.includes(summary), name);
    assert.ok(text.includes('-h, --help'), name);
    for (const { line } of examples) assert.ok(text.includes(line), `${name}: ${line}`);
    assert.ok(
      text.split('\n').every((line) => line.length <= 80),
      name,
    );
  }
});

test('help: the list, also for an unknown name', async () => {
  for (const line of ['help', 'help nosuch']) {
    const list = resultOf(await bench.exec(line), 'help');
    const names = (list.commands as { name: string }[]).map(({ name }) => name);
    assert.ok(names.includes('version') && names.includes('many'), line);
    assert.match(shown(list) ?? '', /^NAME +DESCRIPTION\nhelp +List the commands/);
  }
});

test('a command is found by its alias', async () => {
  const { body } = await bench.exec('tk', { execTimeout: 30 });
  assert.equal(body?.results?.[0]?.type, 'tick');
  const { detailCommand } = resultOf(await bench.exec('help tk'), 'help');
  assert.equal((detailCommand as { name: string }).name, 'tick');
});

test('two commands of one name are a fault in the list', () => {
  const twice = [...COMMANDS, ...COMMANDS.slice(0, 1)];
  assert.throws(
    () => new SessionStore({ targets: new BookTargets([]), version: '0', commands: twice }),
    /two commands are named 'help'/,
  );
});

test('options: set, refuse, tell', async () => {
  const told: string[] = [];
  const own = await Bench.start({
    allow: ['read', 'change'],
    onOption: (name, value) => told.push(`${name}=${value}`),
  });
  const changed = resultOf(await own.exec('options probe-budget 5'), 'options');
  assert.deepEqual(changed.changeResult, { name: 'probe-budget', beforeValue: '1', afterValue: '5' });
  assert.match(shown(changed) ?? '', /NAME +probe-budget\nBEFORE-VALUE +1\nAFTER-VALUE +5/);
  const failures: [string, RegExp][] = [
    ['options nosuch 1', /^options\[nosuch\] not found\.$/],
    [
      'options probe-budget much',
      /^Cannot cast option value\[much\] to type\[string\]\..*such as 0\.5, or off$/,
    ],
    ['options probe-budget 0', /Cannot cast option value\[0\]/],
    ['options probe-budget 101', /Cannot cast option value\[101\]/],
    ['options job-timeout 5', /Cannot cast option value\[5\] to type\[string\]\..*such as 12h$/],
    ['options object-size-limit -1', /Cannot cast option value\[-1\]/],
  ];
  for (const [line, text] of failures) {
    const status = resultOf(await own.exec(line), 'status');
    assert.equal(status.statusCode, -1, line);
    assert.match(String(status.message), text, line);
  }
  assert.deepEqual(told, ['probe-budget=5']);
  assert.match(shown(resultOf(await own.exec('options'), 'options')) ?? '', /probe-budget +5 +string/);
  await own.close();
});

test('texts for people', async () => {
  assert.equal(shown(resultOf(await bench.exec('version'), 'version')), '1.2.3');
  assert.equal(shown(resultOf(await bench.exec('echo x'), 'echo')), 'x');
  assert.match(shown(resultOf(await bench.exec('history'), 'history')) ?? '', / {2}history$/);
  assert.match(
    shown(resultOf(await bench.exec('reset'), 'reset')) ?? '',
    /^Affect\(class count: 0, method count: 0\)/,
  );
  const { sessionId } = await bench.session({ process: 'shop' });
  await bench.exec('attach', { sessionId });
  const session = shown(resultOf(await bench.exec('session', { sessionId }), 'session')) ?? '';
  assert.match(
    session,
    new RegExp(
      `^SESSION_ID +${sessionId}\nPID +4242\nshop \\(4242\\) +since .* by worker\n +session ${sessionId}$`,
    ),
  );
  await bench.call({ action: 'async_exec', sessionId, command: 'tick -i 9000 &' });
  const jobs = shown(resultOf(await bench.exec('jobs', { sessionId }), 'jobs')) ?? '';
  assert.match(jobs, /ID .*COMMAND\n\[\d+\]\* +RUNNING +\d{4}-.* 1 +[0-9a-f]{8} +tick -i 9000 &/);
  assert.equal(
    shown(resultOf(await bench.exec('stop'), 'shutdown')),
    "shop (pid 4242) stays attached for 1 other holder ('target' lists them). This session ends; the agent stays.",
  );
});

test('session hides the ids of other sessions', async () => {
  const { sessionId } = await bench.session({ process: 'shop' });
  await bench.exec('attach', { sessionId });
  const seen = JSON.stringify(resultOf(await bench.exec('session'), 'session'));
  assert.ok(!seen.includes(sessionId));
  assert.ok(seen.includes(`session ${sessionId.slice(0, 8)}`));
});

test('what was mistyped is told with what comes near', async () => {
  const mistyped = await bench.call({ action: 'exec', command: 'verson' });
  assert.equal(mistyped.message, 'Exec command failed:verson: command not found; did you mean version?');
  const list = resultOf(await bench.exec('help wach'), 'help');
  assert.equal(list.unknown, "there is no command 'wach'; did you mean watch?");
  assert.match(shown(list) ?? '', /\n\nthere is no command 'wach'/);
  const option = await bench.exec('history --cler');
  assert.equal(
    resultOf(option, 'message').message,
    "'--cler' is no option of history and was taken for an argument; did you mean --clear? 'help history' lists the options",
  );
});

test('help tells bounds and defaults of options', async () => {
  const { detailCommand } = resultOf(await bench.exec('help watch'), 'help') as unknown as {
    detailCommand: { options: { longName: string; description: string }[] };
  };
  const of = (name: string) => detailCommand.options.find(({ longName }) => longName === name)?.description;
  assert.equal(of('expand'), 'How many levels of the value are opened (0 to 4; 1 without it)');
  assert.equal(of('limits'), 'End after this many hits (at least 1; 100 without it)');
  assert.equal(of('verbose')?.includes('('), false);
});

test('a line that a command cannot be called with is told the way out, on a screen', () => {
  const text = new ResultText();
  text.of({ type: 'command', state: 'SCHEDULED', command: 'watch', jobId: 7 }, PLAIN_STYLE, 80);
  const status = { type: 'status', statusCode: -10, message: "The argument 'class-pattern' is required" };
  assert.equal(
    text.of({ ...status, jobId: 7 }, PLAIN_STYLE, 80),
    "The argument 'class-pattern' is required\n'help watch' shows what it takes",
  );
  assert.equal(text.of({ ...status, jobId: 8 }, PLAIN_STYLE, 80), status.message);
});
