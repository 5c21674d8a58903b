import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  formatAddress,
  formatSymbolCount,
  formatSymbols,
  parseSymbolRequest,
} from '../../../src/wire/index.js';

describe('the texts of /pprof/symbol', () => {
  it('reads addresses as the sheet says', () => {
    const cases: [body: string, addresses: bigint[]][] = [
      ['', []],
      ['123455', [0x123455n]],
      ['0x1000+0x2000+0x3000', [0x1000n, 0x2000n, 0x3000n]],
      ['0XABC+DEF', [0xabcn, 0xdefn]],
      ["'0x10", [0x10n]],
      ['"0x10+0x20"', [0x10n, 0x20n]],
      ['0x10\n', [0x10n]],
      ['zz+0x+ 0x5', [0n, 0n, 5n]],
      ['+', [0n, 0n]],
      ['ffffffffffffffff', [0xffff_ffff_ffff_ffffn]],
      ['1ffffffffffffffff', [0n]],
    ];
    for (const [body, addresses] of cases) assert.deepEqual(parseSymbolRequest(body), addresses, body);
  });

  it('writes a line for each, its own address where there is no name', () => {
    const names = new Map([[0x1234_5678n, 'place (orders.ts:17)']]);
    assert.equal(
      formatSymbols([0x1234_5678n, 0x10n], (address) => names.get(address)),
      '0x12345678\tplace (orders.ts:17)\n0x00000010\t0x00000010\n',
    );
    assert.equal(formatAddress(0xff_ffff_ffffn), '0xffffffffff');
    assert.equal(formatSymbolCount(46_225), 'num_symbols: 46225\n');
  });

  it('takes any body: one line out for each piece in', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(fc.string()).map((list) => list.join('+')),
        ),
        (body) => {
          const addresses = parseSymbolRequest(body);
          const text = formatSymbols(addresses, () => undefined);
          assert.equal(text.split('\n').length - 1, addresses.length);
          assert.ok(addresses.every((address) => address >= 0n && address < 1n << 64n));
        },
      ),
      { numRuns: 20_000, seed: 11 },
    );
  });
});
