/**
 * Every kind of function, in every format, on every Node: by which instrument it is observed. matrix.json is what is
 * expected (docs/instruments.md shows it); `REMORA_RECORD_MATRIX=1` writes it anew.
 */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { nodeMajors, projectRoot } from '../../support/index.js';
import { type Examination, examine } from './examine.js';
import { type Outcomes, recorded } from './outcomes.js';
import { type ZooFormat, zooFormats } from './zoo.js';

const file = join(projectRoot, 'test', 'target', 'instruments', 'matrix.json');
const isRecording = process.env.REMORA_RECORD_MATRIX === '1';
const expected = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Outcomes) : {};
const seen = new Map<string, Examination>();

describe('the matrix of instruments', { concurrency: 4 }, () => {
  for (const format of zooFormats) {
    for (const node of nodeMajors) {
      it(`${format} on Node ${node}`, async (t) => {
        let examination = await examine(t, node, format);
        // A busy machine may keep a kind from being reached in time; what harms the application is never forgiven.
        if (!isRecording && !isDeepStrictEqual(...compared(examination, format, node))) {
          assertHarmless(examination);
          t.diagnostic(`${format}, Node ${node}: examined once more, since a kind came out otherwise`);
          examination = await examine(t, node, format);
        }
        seen.set(`${format} ${node}`, examination);
        t.diagnostic(summary(format, node, examination));
        if (!isRecording) assert.deepEqual(...compared(examination, format, node));
        assertHarmless(examination);
      });
    }
  }
  after(() => {
    if (isRecording) writeFileSync(file, `${JSON.stringify(recorded(seen), null, 2)}\n`);
  });
});

function compared({ rows }: Examination, format: ZooFormat, node: number): [object, object] {
  return [
    Object.fromEntries(rows.map(({ kind, outcome }) => [kind, outcome])),
    Object.fromEntries(rows.map(({ kind }) => [kind, expectedOutcome(kind, format, node)])),
  ];
}

function assertHarmless({ rows, stderr }: Examination): void {
  assert.deepEqual(
    rows.flatMap((row) => row.faults.map((fault) => `${row.kind}: ${fault}`)),
    [],
  );
  assert.doesNotMatch(stderr, /remora|TypeError|SyntaxError/i);
}

function expectedOutcome(kind: string, format: ZooFormat, node: number): string | undefined {
  const outcome = expected[kind]?.[format];
  return typeof outcome === 'object' ? outcome[String(node)] : outcome;
}

function summary(format: string, node: number, { rows, installMs }: Examination): string {
  const speeds = rows.flatMap(({ kind, speed }) => (speed ? [{ kind, speed }] : []));
  const slowest = speeds.sort((a, b) => b.speed - a.speed).slice(0, 3);
  const reached = rows.filter(({ outcome }) => outcome !== 'cannot').length;
  return (
    `${format}, Node ${node}: ${reached} of ${rows.length} kinds in ${Math.round(installMs)} ms; ` +
    `after the reset against before, slowest: ${slowest.map(({ kind, speed }) => `${kind} ${speed.toFixed(2)}x`).join(', ')}`
  );
}
