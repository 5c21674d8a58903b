import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ScreenModes } from '../../../src/cli/container/screenModes.js';

const ESC = '\u001b';

function undoOf(...pieces: string[]): string {
  const modes = new ScreenModes();
  for (const piece of pieces) modes.see(Buffer.from(piece, 'latin1'));
  return modes.undo();
}

describe('ScreenModes', () => {
  it('puts back what a program has left, and that alone', () => {
    assert.equal(undoOf('hello\n', `${ESC}[1;31mred`, `${ESC}[2J`), '');
    assert.equal(undoOf(`${ESC}[?1049h${ESC}[?25l`), `${ESC}[?1049l${ESC}[?25h${ESC}[0m`);
    assert.equal(undoOf(`${ESC}[?1049h text ${ESC}[?1049l`), '', 'it has left by itself');
    assert.equal(undoOf(`${ESC}[?1000;1006;25h${ESC}[?9999h`), `${ESC}[?1006l${ESC}[?1000l${ESC}[0m`);
    assert.equal(undoOf(`${ESC}[?25h${ESC}[?2004l`), '', 'what is as it should be needs nothing');
  });

  it('can change it all again, for a program that goes on', () => {
    const modes = new ScreenModes();
    modes.see(Buffer.from(`${ESC}[?1049h${ESC}[?25l${ESC}[?7h`));
    assert.equal(modes.redo(), `${ESC}[?25l${ESC}[?1049h`);
  });

  it('sees the same however the output is cut, and never throws', () => {
    const part = fc.oneof(
      fc.constantFrom(
        `${ESC}[?1049h`,
        `${ESC}[?25l`,
        `${ESC}[?1;2004h`,
        `${ESC}[?25h`,
        `${ESC}[`,
        ESC,
        '?',
        '1',
        'h',
        ';',
      ),
      fc.string({ maxLength: 5 }),
    );
    fc.assert(
      fc.property(
        fc.array(part, { maxLength: 30 }),
        fc.array(fc.nat(200), { maxLength: 20 }),
        (parts, cuts) => {
          const text = parts.join('');
          const at = [...new Set(cuts)].filter((cut) => cut < text.length).sort((a, b) => a - b);
          const pieces = [0, ...at].map((from, index) => text.slice(from, at[index] ?? text.length));
          assert.equal(undoOf(...pieces), undoOf(text));
        },
      ),
      { seed: 3, numRuns: 3000 },
    );
  });
});
