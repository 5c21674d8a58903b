import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { HistoryFile } from '../../src/cli/history.js';
import { parseListen } from '../../src/cli/listenAddress.js';
import { otherLoginUsers } from '../../src/cli/loginUsers.js';
import { splitCommands } from '../../src/cli/splitCommands.js';
import type { ProcessInfo } from '../../src/client/index.js';
import {
  formatBytes,
  formatDuration,
  PLAIN_STYLE,
  processTable,
  textWidth,
} from '../../src/diagnose/index.js';
import { isKept } from '../../src/diagnose/shell/shellWords.js';
import { tabAnswer } from '../../src/diagnose/shell/tabAnswer.js';
import type { ProcessInfo as AgentProcessInfo } from '../../src/target/index.js';

function processOf(more: Partial<ProcessInfo>): ProcessInfo {
  const info: AgentProcessInfo = {
    pid: 4242,
    startTicks: 1,
    startTime: 0,
    uid: 1000,
    user: 'ada',
    name: 'shop',
    command: ['node', 'shop.js'],
    cwd: '/',
    exe: '/usr/bin/node',
    nodeVersion: '22.23.3',
    uptimeMs: 3_700_000,
    cpuPercent: 12.34,
    rssBytes: 150 * 2 ** 20,
    inspector: { state: 'closed' },
    attachable: true,
    own: false,
    attached: false,
  };
  // The SDK's type must take what the agent gives.
  const seen: ProcessInfo = info;
  return { ...seen, ...more };
}

describe('process table', () => {
  const processes = [
    processOf({}),
    processOf({ pid: 7, name: 'a-rather-long-name-of-a-package', container: '0123456789abcdef0123456789' }),
    processOf({
      pid: 1_234_567,
      attachable: false,
      reason: 'it belongs to root and you are ada',
      nodeVersion: '',
    }),
    processOf({ pid: 8, name: 'evil\x1b[2Jname\nx', attached: true }),
  ];

  for (const width of [40, 60, 80, 100, 132, 200]) {
    it(`fits ${width} columns and always shows pid, name and attachable`, () => {
      const lines = processTable(processes, width, PLAIN_STYLE).split('\n');
      for (const line of lines) assert.ok(textWidth(line) <= width, `${textWidth(line)}: ${line}`);
      assert.match(lines[0] ?? '', /PID.*NAME.*ATTACHABLE/);
    });
  }

  it('folds nothing where there is no width', () => {
    const lines = processTable(processes, undefined, PLAIN_STYLE).split('\n');
    assert.equal(lines.length, 5);
    assert.match(lines[1] ?? '', /^ +4242 {2}ada +shop +22\.23\.3 +1h01m +12\.3 +150M +- +closed +yes$/);
    assert.match(lines[3] ?? '', / \? .*no: it belongs to root and you are ada$/);
  });

  it('shows control characters of a name instead of sending them', () => {
    const text = processTable(processes, undefined, PLAIN_STYLE);
    assert.ok(text.includes('evil\\x1b[2Jname x'));
    assert.ok(!text.includes('\x1b'));
  });
});

describe('units', () => {
  it('formats bytes and durations', () => {
    assert.deepEqual([0, 999, 1536, 150 * 2 ** 20, 1.5 * 2 ** 30].map(formatBytes), [
      '0B',
      '999B',
      '1.5K',
      '150M',
      '1.5G',
    ]);
    assert.deepEqual([0, 59_900, 61_000, 3_700_000, 90_000_000].map(formatDuration), [
      '0s',
      '59s',
      '1m01s',
      '1h01m',
      '1d01h',
    ]);
  });
});

describe('splitCommands', () => {
  it('splits at semicolons outside quotes', () => {
    assert.deepEqual(splitCommands(`version; watch a b '{x;y}' ; ;echo "a\\";b" \\; c`), [
      'version',
      `watch a b '{x;y}'`,
      `echo "a\\";b" \\; c`,
    ]);
  });
});

describe('listen address', () => {
  it('reads hosts, IPv6 and lone ports', () => {
    assert.deepEqual(parseListen('0.0.0.0:80'), { host: '0.0.0.0', port: 80, required: true });
    assert.deepEqual(parseListen('[::1]:0'), { host: '::1', port: 0, required: true });
    assert.deepEqual(parseListen('8563'), { host: '127.0.0.1', port: 8563, required: true });
  });

  for (const text of ['', 'host', ':80', '::1:80', '[::1]', 'a:b', 'a:65536', 'a:80x']) {
    it(`refuses '${text}'`, () => assert.throws(() => parseListen(text), /Give HOST:PORT/));
  }
});

describe('history file', () => {
  it('is 0600, drops repeats, credentials and lines that begin with a blank, and follows no link', (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'remora-history-'));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    const path = join(folder, 'history');
    writeFileSync(path, '', { mode: 0o644 });
    const history = new HistoryFile(path);
    for (const line of ['version', 'thread', ' secret', 'auth s3cret', '', 'version']) history.append(line);
    assert.equal(readFileSync(path, 'utf8'), 'version\nthread\nversion\n');
    assert.equal(statSync(path).mode & 0o777, 0o600);
    assert.deepEqual(history.load(), ['version', 'thread']);
    assert.equal(isKept('authorise'), true);

    const victim = join(folder, 'victim');
    writeFileSync(victim, 'untouched');
    symlinkSync(victim, join(folder, 'link'));
    new HistoryFile(join(folder, 'link')).append('version');
    assert.equal(readFileSync(victim, 'utf8'), 'untouched');
  });

  it('is cut when it has grown', (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'remora-history-'));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    const path = join(folder, 'history');
    writeFileSync(path, Array.from({ length: 3000 }, (_, n) => `echo ${n}\n`).join(''));
    assert.equal(new HistoryFile(path).load()[0], 'echo 2999');
    assert.equal(readFileSync(path, 'utf8').split('\n').length, 1001);
    assert.equal(statSync(path).mode & 0o777, 0o600);
  });
});

describe('other login users', () => {
  it('are people with a shell, and whoever is signed in', (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'remora-users-'));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    const passwd = join(folder, 'passwd');
    mkdirSync(join(folder, 'user'));
    writeFileSync(
      passwd,
      [
        'root:x:0:0::/root:/bin/bash',
        'daemon:x:1:1::/:/usr/sbin/nologin',
        'ada:x:54321:54321::/home/ada:/bin/zsh',
        'svc:x:54322:54322::/:/bin/false',
        'nobody:x:65534:65534::/:/bin/sh',
        `me:x:${process.getuid?.()}:0::/:/bin/sh`,
      ].join('\n'),
    );
    assert.deepEqual(otherLoginUsers(passwd, join(folder, 'user')), ['ada']);
    assert.deepEqual(otherLoginUsers(join(folder, 'none'), join(folder, 'none')), []);
  });
});

describe('tab', () => {
  const candidates = (...texts: string[]) => texts.map((text) => ({ text, summary: `about ${text}` }));

  it('ends the only candidate with a blank, unless it goes on', () => {
    const answer = (text: string) =>
      tabAnswer({ from: 5, candidates: candidates(text) }, 'help v', () => {})[0];
    assert.deepEqual(answer('version'), ['version ']);
    assert.deepEqual(answer('./lib/'), ['./lib/']);
  });

  it('adds the common start, and lists choices where there is none', () => {
    let listed = 0;
    const list = () => {
      listed++;
    };
    const both = { from: 0, candidates: candidates('session', 'sessions') };
    assert.deepEqual(tabAnswer(both, 'se', list), [['session', 'sessions'], 'se']);
    assert.equal(listed, 0);
    assert.deepEqual(tabAnswer(both, 'session', list), [[], 'session']);
    assert.equal(listed, 1);
  });
});
