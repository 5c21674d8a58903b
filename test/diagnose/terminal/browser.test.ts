/** A page in a real browser: the agent's own may open a terminal and a stream, that of another origin may not. */
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, it } from 'node:test';
import { noChromium, openChromium } from '../profiler/support/chromium.js';
import { wired } from '../support/wired.js';

describe('in a browser', { skip: noChromium }, () => {
  it('a terminal and a stream are for pages of the same origin', async (t) => {
    const { port, store } = await wired(t, { http: { trust: 'uid' } });
    const { session } = await store.openSession({});
    const tab = await openChromium(t);
    t.after(() => tab.close());
    const foreign = createServer((_request, response) => {
      response.setHeader('content-type', 'text/html');
      response.end('<title>foreign</title>');
    });
    await new Promise<void>((resolve) => foreign.listen(0, '127.0.0.1', resolve));
    t.after(() => foreign.close());
    // Our pages have a policy of their own that lets no script connect; this is about the gate behind it.
    await tab.send('Page.setBypassCSP', { enabled: true });
    const terminal = `new Promise((resolve) => {
      const socket = new WebSocket('ws://127.0.0.1:${port}/ws');
      let text = '';
      socket.onopen = () => socket.send(JSON.stringify({ action: 'resize', cols: 90, rows: 20 }));
      socket.onclose = ({ code }) => resolve('closed ' + code + ' ' + text.length);
      socket.onmessage = ({ data }) => {
        const asked = text.includes('$ ');
        text += data;
        if (!asked && text.includes('$ ')) socket.send(JSON.stringify({ action: 'read', data: 'echo from-a-browser\\r' }));
        if (/\\r\\nfrom-a-browser\\r\\n/.test(text)) resolve(text);
      };
    })`;
    const stream = `new Promise((resolve) => {
      const source = new EventSource('http://127.0.0.1:${port}/api/stream?sessionId=${session.sessionId}');
      source.onmessage = ({ data, lastEventId }) => resolve(lastEventId + ' ' + data);
      source.onerror = () => resolve('error');
    })`;
    for (const host of ['127.0.0.1', 'localhost']) {
      await tab.go(`http://${host}:${(foreign.address() as AddressInfo).port}/`);
      await tab.until("document.title === 'foreign'");
      assert.equal(await tab.evaluate(terminal), 'closed 1006 0', host);
      assert.equal(await tab.evaluate(stream), 'error', host);
    }
    assert.equal(store.services.sessions().length, 1, 'none was opened');
    await tab.go(`http://127.0.0.1:${port}/healthz`);
    await tab.until(`location.port === '${port}' && document.readyState === 'complete'`);
    assert.match(await tab.evaluate<string>(terminal), /\[arthas@4242\]\$ /);
    assert.match(
      await tab.evaluate<string>(stream),
      /^\w{32}_\d+\.1 \{"inputStatus":"DISABLED","jobId":0,"type":"input_status"\}$/,
    );
  });
});
