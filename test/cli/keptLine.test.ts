/** Where no agent stays, a profile is waited for. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keptLine } from '../../src/cli/keptLine.js';

test('a line that would leave a profile behind waits for it, or says what would keep it', () => {
  const rows: [string, string, boolean][] = [
    ['profiler start -d 5', 'profiler start -d 5 --wait', true],
    ['profiler start -d 5 -f x.html | grep OK', 'profiler start -d 5 -f x.html --wait | grep OK', true],
    ['profiler resume --duration 3', 'profiler resume --duration 3 --wait', true],
    ['profiler start -d 5 --wait', 'profiler start -d 5 --wait', false],
    ['profiler start', 'profiler start', true],
    ['profiler start -h', 'profiler start -h', false],
    ['profiler stop', 'profiler stop', false],
    ['watch a b', 'watch a b', false],
  ];
  for (const [line, kept, noted] of rows) {
    const made = keptLine(line);
    assert.equal(made.line, kept);
    assert.equal(made.note !== undefined, noted, line);
  }
});
