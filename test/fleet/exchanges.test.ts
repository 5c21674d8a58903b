import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EXCHANGES } from '../wire/configserver/a1Bytes.js';
import { openFleet } from './support/open.js';

test('every byte example of shape A1, in order on one store', async (t) => {
  const { direct } = await openFleet(t);
  // The list of groups was taken on a fresh store.
  const fresh = EXCHANGES.filter(({ to }) => to.endsWith('/ListAgentGroups'));
  for (const exchange of [...fresh, ...EXCHANGES]) {
    const [method = '', path = ''] = exchange.to.split(' ');
    const answer = await direct.raw(method, path, Buffer.from(exchange.request, 'hex'));
    assert.equal(answer.contentType, 'application/x-protobuf', exchange.name);
    assert.equal(answer.status, exchange.status, exchange.name);
    assert.equal((answer.body as Buffer).toString('hex'), exchange.response, exchange.name);
  }
});
