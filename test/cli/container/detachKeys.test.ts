import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { DetachWatch, parseDetachKeys } from '../../../src/cli/container/detachKeys.js';

/** What a watch passes on of these pieces, until it is told to leave. */
function pass(watch: DetachWatch, pieces: readonly Buffer[]): { passed: Buffer; detached: boolean } {
  const passed: Buffer[] = [];
  for (const piece of pieces) {
    const { pass, detached } = watch.push(piece);
    passed.push(pass);
    if (detached) return { passed: Buffer.concat(passed), detached };
  }
  return { passed: Buffer.concat(passed), detached: false };
}

describe('detach keys', () => {
  it('are named as people write them', () => {
    assert.deepEqual([...parseDetachKeys('ctrl-p,ctrl-q')], [0x10, 0x11]);
    assert.deepEqual([...parseDetachKeys('ctrl-],q')], [0x1d, 0x71]);
    assert.deepEqual([...parseDetachKeys('CTRL-@')], [0]);
    assert.deepEqual([...parseDetachKeys('~')], [0x7e]);
    assert.deepEqual([...parseDetachKeys('')], []);
  });

  for (const wrong of ['ctrl-pp', 'ctrl-', 'esc', 'ctrl-p,', ',', 'ctrl-p ctrl-q', 'ä', 'ctrl-1']) {
    it(`are refused where no key is meant: ${wrong}`, () => {
      assert.throws(() => parseDetachKeys(wrong), /Give keys with commas between/);
    });
  }

  it('leave, in one piece or in several, and let nothing after them through', () => {
    const keys = parseDetachKeys('ctrl-p,ctrl-q');
    const whole = pass(new DetachWatch(keys), [Buffer.from('ls\r\x10\x11rm\r')]);
    assert.deepEqual(whole, { passed: Buffer.from('ls\r'), detached: true });
    const parts = pass(new DetachWatch(keys), [Buffer.from('a\x10'), Buffer.from('\x11b')]);
    assert.deepEqual(parts, { passed: Buffer.from('a'), detached: true });
  });

  it('come through when they do not follow each other', () => {
    const watch = new DetachWatch(parseDetachKeys('ctrl-p,ctrl-q'));
    assert.equal(watch.push(Buffer.from('\x10')).pass.length, 0, 'held back until the next key');
    assert.equal(watch.push(Buffer.from('a')).pass.toString(), '\x10a');
    assert.equal(watch.push(Buffer.from('\x10\x10')).pass.toString(), '\x10');
    assert.equal(watch.push(Buffer.from('\x11')).detached, true);
  });

  it('let everything through where there are none', () => {
    const watch = new DetachWatch(parseDetachKeys(''));
    assert.deepEqual(watch.push(Buffer.from('\x10\x11')), { pass: Buffer.from('\x10\x11'), detached: false });
  });

  it('are found exactly where they stand, whatever they are and however the typing is cut', () => {
    const letters = (min: number, max: number) =>
      fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: min, maxLength: max });
    fc.assert(
      fc.property(letters(1, 5), fc.array(letters(0, 6), { maxLength: 12 }), (keys, pieces) => {
        const watch = new DetachWatch(parseDetachKeys(keys.join(',')));
        const text = pieces.flat().join('');
        const found = text.indexOf(keys.join(''));
        const { passed, detached } = pass(
          watch,
          pieces.map((piece) => Buffer.from(piece.join(''))),
        );
        assert.equal(detached, found >= 0);
        if (detached) assert.equal(passed.toString(), text.slice(0, found));
        else assert.ok(text.startsWith(passed.toString()) && text.length - passed.length < keys.length);
      }),
      { seed: 3, numRuns: 2000 },
    );
  });
});
