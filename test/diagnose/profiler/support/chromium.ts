import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WebSocket } from 'ws';
import { lacksSystemParts, systemPart } from '../../../support/index.js';
import type { TestLike } from '../../../target/attach/attaching.js';

/** `skip` of a test that needs a browser: false, or why. */
export const noChromium: string | false = lacksSystemParts('chromium');

type Reply = Record<string, unknown>;

/** A tab of a headless Chromium, over CDP. */
export class Tab {
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, { resolve(value: Reply): void; reject(error: Error): void }>();
  /** Requests that the page made, the page itself left out. */
  readonly requests: string[] = [];
  /** Exceptions and errors of the console. */
  readonly errors: string[] = [];
  #id = 0;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on('message', (data) => this.#take(JSON.parse(String(data)) as Reply));
  }

  static async open(url: string): Promise<Tab> {
    const socket = new WebSocket(url, { perMessageDeflate: false });
    await once(socket, 'open');
    const tab = new Tab(socket);
    for (const domain of ['Page', 'Runtime', 'Network', 'Log']) await tab.send(`${domain}.enable`);
    return tab;
  }

  send(method: string, params: object = {}): Promise<Reply> {
    const id = ++this.#id;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#socket.send(JSON.stringify({ id, method, params }));
    });
  }

  async size(width: number, height: number): Promise<void> {
    await this.send('Emulation.setDeviceMetricsOverride', {
      width,
      height,
      deviceScaleFactor: 1,
      mobile: false,
    });
  }

  async theme(value: 'light' | 'dark'): Promise<void> {
    await this.send('Emulation.setEmulatedMedia', { features: [{ name: 'prefers-color-scheme', value }] });
  }

  async go(url: string): Promise<void> {
    this.requests.length = 0;
    this.errors.length = 0;
    await this.send('Page.navigate', { url });
  }

  /** The value of an expression in the page; a promise is awaited. */
  async evaluate<T>(expression: string): Promise<T> {
    const reply = await this.send('Runtime.evaluate', {
      expression,
      awaitPromise: true,
      returnByValue: true,
    });
    const { result, exceptionDetails } = reply as {
      result: { value: T };
      exceptionDetails?: { text: string; exception?: { description?: string } };
    };
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    return result.value;
  }

  /** Waits in the page until an expression is true. */
  async until(expression: string): Promise<void> {
    const ok = await this.evaluate<boolean>(
      `new Promise((resolve) => { const began = Date.now(); const look = () => { let ok = false; try { ok = Boolean(${expression}); } catch {} if (ok || Date.now() - began > 20000) resolve(ok); else setTimeout(look, 20); }; look(); })`,
    );
    if (!ok) throw new Error(`the page never came to: ${expression}; errors: ${this.errors.join('\n')}`);
  }

  async click(x: number, y: number): Promise<void> {
    await this.move(x, y);
    for (const type of ['mousePressed', 'mouseReleased']) {
      await this.send('Input.dispatchMouseEvent', { type, x, y, button: 'left', buttons: 1, clickCount: 1 });
    }
  }

  async move(x: number, y: number): Promise<void> {
    await this.send('Input.dispatchMouseEvent', { type: 'mouseMoved', x, y });
  }

  async wheel(x: number, y: number, deltaY: number, modifiers = 0): Promise<void> {
    await this.send('Input.dispatchMouseEvent', { type: 'mouseWheel', x, y, deltaX: 0, deltaY, modifiers });
  }

  async key(key: string, modifiers = 0): Promise<void> {
    const text = key.length === 1 ? { text: key } : {};
    for (const type of ['keyDown', 'keyUp'])
      await this.send('Input.dispatchKeyEvent', { type, key, modifiers, ...text });
  }

  async type(text: string): Promise<void> {
    await this.send('Input.insertText', { text });
  }

  async screenshot(): Promise<Buffer> {
    const { data } = await this.send('Page.captureScreenshot', { format: 'png' });
    return Buffer.from(String(data), 'base64');
  }

  close(): void {
    this.#socket.close();
  }

  #take(message: Reply): void {
    const { id, method, params, result, error } = message as {
      id?: number;
      method?: string;
      params?: Reply;
      result?: Reply;
      error?: { message: string };
    };
    if (id !== undefined) {
      const waiting = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (error) waiting?.reject(new Error(error.message));
      else waiting?.resolve(result ?? {});
      return;
    }
    if (method === 'Network.requestWillBeSent') {
      const { request, type } = params as { request: { url: string }; type: string };
      if (type !== 'Document') this.requests.push(request.url);
    } else if (method === 'Runtime.exceptionThrown') {
      const { exceptionDetails } = params as {
        exceptionDetails: { text: string; exception?: { description?: string } };
      };
      this.errors.push(exceptionDetails.exception?.description ?? exceptionDetails.text);
    } else if (method === 'Log.entryAdded') {
      const { entry } = params as { entry: { level: string; text: string } };
      if (entry.level === 'error') this.errors.push(entry.text);
    }
  }
}

/** A headless Chromium that goes with the test, and its first tab. */
export async function openChromium(t: TestLike): Promise<Tab> {
  const folder = mkdtempSync(join(tmpdir(), 'remora-test-chromium-'));
  const child: ChildProcess = spawn(
    systemPart('chromium') ?? 'chromium',
    [
      ...['--headless', '--disable-gpu', '--hide-scrollbars', '--remote-debugging-port=0', '--no-first-run'],
      // Its sandbox needs rights that a container and root do not have; what it opens is ours.
      ...['--no-sandbox', '--disable-dev-shm-usage', '--mute-audio', '--disable-extensions'],
      `--user-data-dir=${folder}`,
      'about:blank',
    ],
    { stdio: ['ignore', 'ignore', 'pipe'], detached: true },
  );
  t.after(async () => {
    child.stderr?.removeAllListeners();
    const gone = once(child, 'exit');
    try {
      process.kill(-(child.pid ?? 0), 'SIGKILL');
      await gone;
    } catch {
      // It has ended.
    }
    // Its helpers may write for a moment longer.
    rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  });
  let said = '';
  const port = await new Promise<string>((resolve, reject) => {
    child.once('exit', () => reject(new Error(`chromium ended: ${said}`)));
    child.stderr?.on('data', (chunk) => {
      said += chunk;
      const [, found] = /DevTools listening on ws:\/\/127\.0\.0\.1:(\d+)\//.exec(said) ?? [];
      if (found !== undefined) resolve(found);
    });
  });
  const tabs = (await (await fetch(`http://127.0.0.1:${port}/json/list`)).json()) as {
    type: string;
    webSocketDebuggerUrl: string;
  }[];
  return await Tab.open(tabs.find(({ type }) => type === 'page')?.webSocketDebuggerUrl ?? '');
}
