/** `auth`: a token raises one caller in one session; it is kept nowhere. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { bearer, ConsoleClient, TOKENS, wired } from '../support/wired.js';

const secretOf = (role: string) => TOKENS.find((token) => token.role === role)?.secret ?? '';

describe('auth', () => {
  it('says who one is; raises by a token, for the session alone', async (t) => {
    const { port, events, call } = await wired(t);
    const console = await new ConsoleClient(t, port, {
      path: '/ws?quiet=true',
      headers: bearer('viewer'),
    }).opened();
    await console.prompt();
    assert.match(
      await console.run('auth'),
      /Authentication result: true, Need authentication: false, username: the-viewer, role:\s+viewer/,
    );
    assert.match(await console.run('patch'), /needs the role admin/);
    assert.match(
      await console.run(`auth ${secretOf('admin')}`),
      /Authentication result: true, username: the-admin, role: admin/,
    );
    assert.match(await console.run('patch'), /patch 1|number +1/);
    const patched = events.findLast(({ command }) => command === 'patch');
    assert.deepEqual([patched?.caller.user, patched?.caller.role], ['the-admin', 'admin']);
    assert.match(await console.run(`auth ${secretOf('operator')}`), /username: the-operator/);
    const refused = await call({ action: 'exec', command: 'patch' }, 'viewer');
    assert.match(String(refused.message), /needs the role admin/);
  });

  it('raises nobody else who has the id of the session', async (t) => {
    const { call } = await wired(t);
    const { sessionId } = await call({ action: 'init_session' }, 'viewer');
    const auth = { action: 'exec', sessionId, command: `auth ${secretOf('admin')}` };
    assert.equal((await call(auth, 'viewer')).state, 'SUCCEEDED');
    assert.equal((await call({ action: 'exec', sessionId, command: 'patch' }, 'viewer')).state, 'SUCCEEDED');
    const other = await call({ action: 'exec', sessionId, command: 'patch' }, 'operator');
    assert.match(String(other.message), /needs the role admin/);
  });

  it('refuses a wrong one in the words of the reference, and lowers nobody', async (t) => {
    const { call } = await wired(t);
    const status = async (command: string, role: 'viewer' | 'admin' = 'viewer') => {
      const { body } = await call({ action: 'exec', command }, role);
      const { results } = body as { results: { statusCode: number; message: string }[] };
      assert.equal(results.length, 1, 'its result is its status');
      return [results[0]?.statusCode, results[0]?.message];
    };
    assert.deepEqual(await status('auth wrong-wrong-wrong'), [
      1,
      'Authentication result: false, username: the-viewer',
    ]);
    assert.deepEqual(await status(`auth ${secretOf('admin')} -n arthas`), [
      1,
      'Authentication result: false, username: arthas',
    ]);
    assert.deepEqual(await status(`auth ${secretOf('admin')} --username the-admin`), [
      0,
      'Authentication result: true, username: the-admin, role: admin',
    ]);
    assert.equal((await status(`auth ${secretOf('viewer')}`, 'admin'))[0], 0);
  });

  it('keeps its token nowhere', async (t) => {
    const { port, events, store, call } = await wired(t);
    const secret = secretOf('operator');
    const { sessionId } = await call({ action: 'init_session' });
    await call({ action: 'async_exec', sessionId, command: `auth ${secret}` });
    const { consumerId } = await call({ action: 'join_session', sessionId });
    const seen = JSON.stringify(await call({ action: 'pull_results', sessionId, consumerId }));
    assert.match(seen, /auth \*\*\*/);
    const console = await new ConsoleClient(t, port, { path: '/ws?quiet=true' }).opened();
    await console.prompt();
    await console.run(`auth ${secret}`);
    const typed = console.text.length;
    console.type('\x1b[A');
    const listed = await console.run('');
    const told = [
      seen,
      JSON.stringify(events),
      store.history.lines().join(),
      listed,
      console.text.slice(typed),
    ];
    for (const text of told) assert.ok(!text.includes(secret));
    assert.ok(store.history.lines().includes('auth ***'));
  });
});
