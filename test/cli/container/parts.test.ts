import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseSignal, signalName } from '../../../src/cli/container/signals.js';
import { containerTable } from '../../../src/cli/container/table.js';
import type { ContainerEntry } from '../../../src/client/index.js';
import { PLAIN_STYLE } from '../../../src/diagnose/index.js';

const NOW = 1_700_000_000_000;
const ENTRIES: ContainerEntry[] = [
  {
    id: 'web',
    class: 'default',
    state: 'running',
    pid: 4711,
    tty: false,
    command: 'node server.js --port 80',
    user: 'www',
    startTime: NOW - 3_900_000,
  },
  { id: 'web.exec-1', class: 'debug', state: 'running', pid: 4712, tty: true, command: 'sh', startTime: NOW },
  {
    id: 'job',
    state: 'terminated',
    end: { exitStatus: 2560, exitCode: 10 },
    command: 'sh\u001b[2J',
    startTime: NOW,
  },
  { id: 'shot', state: 'terminated', end: { exitStatus: 9, exitCode: 137, signal: 9 } },
  { id: 'foreign' },
];

describe('remora container ps: the table', () => {
  it('has a line for each container, and drives no terminal', () => {
    const lines = containerTable(ENTRIES, undefined, PLAIN_STYLE, NOW).split('\n');
    assert.match(lines[0] ?? '', /^CONTAINER +STATE +PID +TTY +COMMAND +USER +AGE$/);
    assert.match(lines[1] ?? '', /^web +running +4711 +no +node server\.js --port 80 +www +1h05m$/);
    assert.match(lines[2] ?? '', /^web\.exec-1 +session +4712 +yes +sh +- +0s$/);
    assert.match(lines[3] ?? '', /^job +exited 10 +- +- +sh\\x1b\[2J +- +0s$/);
    assert.match(lines[4] ?? '', /^shot +killed SIGKILL +- +- +- +- +-$/);
    assert.match(lines[5] ?? '', /^foreign +running/);
  });

  it('gives up columns where the terminal is narrow, never names and states', () => {
    for (const width of [30, 40, 60, 80]) {
      const text = containerTable(ENTRIES, width, PLAIN_STYLE, NOW);
      assert.match(text, /web\.exec-1/);
      assert.match(text, /killed SIGKILL/);
      if (width >= 40)
        assert.ok(
          text.split('\n').every((line) => line.length <= width),
          text,
        );
    }
  });
});

describe('signals', () => {
  it('have names and numbers', () => {
    for (const name of ['TERM', 'SIGTERM', 'term', '15']) assert.equal(parseSignal(name), 15);
    assert.equal(signalName(9), 'SIGKILL');
    assert.equal(signalName(40), 'signal 40');
    for (const wrong of ['', '0', '65', 'NOPE', '-9', '9.5']) {
      assert.throws(() => parseSignal(wrong), /Give a signal by name/);
    }
  });
});
