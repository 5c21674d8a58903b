/** Anything may come as a path, a query or a body. */
import assert from 'node:assert/strict';
import { Agent } from 'node:http';
import { after, describe, it } from 'node:test';
import fc from 'fast-check';
import { raw } from '../http/support.js';
import { portOf, sharedDaemons } from './support/sharedDaemons.js';

const daemons = sharedDaemons('agent');

/** Who calls is looked up once a connection, in a table of the kernel that takes milliseconds to read. */
const agent = new Agent({ keepAlive: true, maxSockets: 1 });
after(() => agent.destroy());
const call: typeof daemons.call = (path, options) => daemons.call(path, { ...options, agent });

describe('anything at all', () => {
  const path = fc.constantFrom(
    '/pprof/symbol',
    '/version',
    '/perfCounter',
    '/recentStartTime',
    '/pprof/cmdline',
    '/pprof/x',
  );
  const printable = fc.string({
    unit: fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code)),
  });

  it('in a query is answered', async () => {
    await fc.assert(
      fc.asyncProperty(path, printable, async (at, query) => {
        const { status } = await call(`${at}?${query.replaceAll('process', 'x')}`);
        assert.ok([200, 400, 404].includes(status), `${at}?${query}: ${status}`);
      }),
      { numRuns: 400, seed: 3 },
    );
  });

  it('in a path below /pprof is answered', async () => {
    await fc.assert(
      fc.asyncProperty(printable, async (rest) => {
        const { status } = await call(`/pprof/${rest.replace(/^(profile|heap|growth)/, 'x')}`);
        assert.ok([200, 400, 404].includes(status), `${rest}: ${status}`);
      }),
      { numRuns: 300, seed: 5 },
    );
  });

  it('as a body of symbols is answered with a line for each piece', async () => {
    const body = fc.oneof(
      fc.string(),
      fc.string({ unit: 'binary' }),
      fc.array(fc.string()).map((all) => all.join('+')),
    );
    await fc.assert(
      fc.asyncProperty(body, async (text) => {
        const answer = await call('/pprof/symbol', { method: 'POST', body: text });
        assert.equal(answer.status, 200);
        const bytes = Buffer.from(text);
        const pieces = bytes.toString('latin1').replace(/^['"]/, '');
        const expected = pieces === '' ? 0 : pieces.split('+').length;
        assert.equal(answer.text.split('\n').length - 1, expected);
      }),
      { numRuns: 400, seed: 9 },
    );
  });

  it('too long is refused, and 200,000 addresses are not', async () => {
    const addresses = Array.from(
      { length: 200_000 },
      (_, index) => `0x${(0x10_0000 + index * 16).toString(16)}`,
    );
    const { status, text } = await call('/pprof/symbol', { method: 'POST', body: addresses.join('+') });
    assert.equal(status, 200);
    assert.equal(text.split('\n').length, 200_001);
    const long = await call('/pprof/symbol', { method: 'POST', body: '0x1+'.repeat(1_100_000) });
    assert.equal(long.status, 413);
  });

  it('answers a hundred requests on one connection in their order', async () => {
    const host = `127.0.0.1:${portOf(daemons.agent)}`;
    const one = `GET /pprof/symbol HTTP/1.1\r\nHost: ${host}\r\n\r\n`;
    const last = `GET /version HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`;
    const text = await raw(portOf(daemons.agent), one.repeat(99) + last);
    assert.equal(text.split('num_symbols').length - 1, 99);
    assert.ok(text.lastIndexOf('num_symbols') < text.indexOf('"Version"'));
  });
});
