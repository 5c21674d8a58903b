import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { regexRoom } from '../../src/probe/main/regexRoom.js';

it('the longer matching may take, the shorter the text', () => {
  const rooms: readonly [RegExp, number][] = [
    [/abc|[*+]\*\+/, 65_536],
    [/\d{3}-\w?(?:x)/, 65_536],
    [/a+?b/, 16_384],
    [/\w{2,}/, 16_384],
    [/x{1,5}/, 16_384],
    [/(abc)+d/, 16_384],
    [/^(\w+)\s(\w+)$/, 1000],
    [/a*a*a*b/, 200],
    [/a*a*a*a*b/, 60],
    [/a*a*a*a*a*b/, 20],
    [/(a+)+b/, 20],
    [/(a|a)*b/, 20],
    [/(?:a?){30}a{30}/, 20],
    [/a?a?a?a?a?a?a?a?a?a?a?a?aaaaaaaaaaaa/, 20],
    [/((a|b)c)*/, 20],
    [/(a)\1/, 20],
    [/(?<n>a)\k<n>/, 20],
    [new RegExp('a'.repeat(3000)), 20],
  ];
  for (const [regex, room] of rooms) assert.equal(regexRoom(regex), room, String(regex));
});

it('the worst text of that length takes seconds at most', () => {
  for (const regex of [/a+b/, /a*a*b/, /a*a*a*b/, /a*a*a*a*b/, /a*a*a*a*a*b/, /(a+)+b/, /(a|a)*b/]) {
    const text = 'a'.repeat(regexRoom(regex));
    const start = performance.now();
    regex.test(text);
    assert.ok(performance.now() - start < 10_000, `${regex}: ${performance.now() - start} ms`);
  }
});

it('any pattern that JavaScript takes has a room', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom(...'ab()[]{}*+?|\\,0123k^$.'), maxLength: 30 }),
      (source) => {
        let regex: RegExp;
        try {
          regex = new RegExp(source);
        } catch {
          return;
        }
        const room = regexRoom(regex);
        assert.ok(room >= 20 && room <= 65_536, `${regex} ${room}`);
      },
    ),
    { seed: 20261122, numRuns: 20_000 },
  );
});
