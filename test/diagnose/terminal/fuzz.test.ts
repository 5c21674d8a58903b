/** Whatever a client sends or a person types: no crash, no hang, a prompt again. */
import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { PLAIN_STYLE, type Result, Shell, type ShellSession } from '../../../src/diagnose/index.js';
import { readKeys } from '../../../src/diagnose/shell/typedKeys.js';
import { parseTerminalFrame } from '../../../src/diagnose/terminal/terminalFrame.js';
import { limit } from '../../http/support.js';
import { eventually } from '../../support/index.js';

const SEED = 20_261_122;
const keys = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.string({
    unit: fc.constantFrom('q', 'Q', 'a', ' ', '\x03', '\x1a', '\r', '\x1b', '[', 'A', '\t'),
    maxLength: 12,
  }),
);

describe('frames of a terminal', () => {
  it('are read and resize, or nothing', () => {
    const frame = fc.oneof(
      fc.json(),
      fc.string(),
      fc
        .record(
          {
            action: fc.oneof(fc.constantFrom('read', 'resize', 'Read'), fc.anything()),
            data: fc.anything(),
            cols: fc.anything(),
            rows: fc.anything(),
          },
          { requiredKeys: [] },
        )
        .map((value) => JSON.stringify(value, (_, one) => (typeof one === 'bigint' ? 1 : one)) ?? ''),
    );
    fc.assert(
      fc.property(frame, (text) => {
        const found = parseTerminalFrame(text);
        if (!found) return;
        if (found.action === 'read') assert.equal(typeof found.data, 'string');
        else {
          assert.ok(Number.isInteger(found.columns) && found.columns >= 20 && found.columns <= 1000);
          assert.ok(Number.isInteger(found.rows) && found.rows >= 1 && found.rows <= 1000);
        }
      }),
      { seed: SEED, numRuns: 2000 },
    );
  });

  it('any text is read as it is, any size of a screen is taken', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }),
        fc.integer({ min: 20, max: 1000 }),
        fc.integer({ min: 1, max: 1000 }),
        (data, cols, rows) => {
          assert.deepEqual(parseTerminalFrame(JSON.stringify({ action: 'read', data })), {
            action: 'read',
            data,
          });
          assert.deepEqual(parseTerminalFrame(JSON.stringify({ rows, cols, action: 'resize' })), {
            action: 'resize',
            columns: cols,
            rows,
          });
        },
      ),
      { seed: SEED, numRuns: 500 },
    );
  });
});

describe('keys while a command runs', () => {
  it('nothing is lost but what an interrupt takes back, nothing acts but the keys that should', () => {
    fc.assert(
      fc.property(keys, fc.boolean(), (typed, waiting) => {
        const { actions, ahead, clears } = readKeys(typed, waiting);
        const quits = !waiting && /^[qQ]+$/.test(typed);
        assert.deepEqual(
          actions,
          quits
            ? ['quit']
            : [...typed]
                .filter((key) => key === '\x03' || key === '\x1a')
                .map((key) => (key === '\x03' ? 'interrupt' : 'suspend')),
        );
        assert.equal(clears, typed.includes('\x03'));
        const kept = typed.slice(typed.lastIndexOf('\x03') + 1).replaceAll('\x1a', '');
        assert.equal(ahead, quits ? '' : kept);
      }),
      { seed: SEED, numRuns: 3000 },
    );
  });
});

/** A session in which every line is a command that ends at once, unless it begins with an x: then by an interrupt. */
class ToySession implements ShellSession {
  readonly lines: string[] = [];
  private queue: Result[] = [];
  private wake: (() => void) | undefined;
  private running = 0;
  private jobs = 0;

  async *results(signal: AbortSignal): AsyncGenerator<Result, void, void> {
    while (!signal.aborted) {
      const next = this.queue.shift();
      if (next) yield next;
      else
        await new Promise<void>((resolve) => {
          this.wake = resolve;
          signal.addEventListener('abort', () => resolve(), { once: true });
        });
    }
  }

  async start(line: string): Promise<number> {
    this.lines.push(line);
    this.running = ++this.jobs;
    this.say({ type: 'command', state: 'SCHEDULED', command: line, jobId: this.running });
    if (!line.startsWith('x')) this.end();
    return this.jobs;
  }

  async interrupt(): Promise<boolean> {
    if (this.running === 0) return false;
    this.end();
    return true;
  }

  suspend(): Promise<boolean> {
    return this.interrupt();
  }

  async complete(line: string): Promise<{ from: number; candidates: [] }> {
    return { from: line.length, candidates: [] };
  }

  private end(): void {
    this.say({ type: 'message', message: 'did \x1b[2J it', jobId: this.running });
    this.say({ type: 'status', statusCode: 0, jobId: this.running });
    this.say({ type: 'input_status', inputStatus: 'ALLOW_INPUT', jobId: 0 });
    this.running = 0;
  }

  private say(result: Result): void {
    this.queue.push(result);
    this.wake?.();
  }
}

describe('a shell', () => {
  it('comes back to its prompt whatever is typed', async (t) => {
    limit(t, 'terminal-line', 100);
    await fc.assert(
      fc.asyncProperty(fc.array(keys, { maxLength: 12 }), async (typed) => {
        let shown = '';
        const output = new Writable({
          decodeStrings: false,
          write: (chunk, _encoding, done) => {
            shown += String(chunk);
            done();
          },
        });
        const session = new ToySession();
        const shell = new Shell({
          session,
          screen: { output, style: PLAIN_STYLE, width: 80 },
          history: { load: () => ['before'], append: () => undefined },
          prompt: () => 'toy$ ',
        });
        let ended = false;
        const end = shell.run().then((how) => {
          ended = true;
          return how;
        });
        for (const one of typed) {
          shell.type(one);
          await new Promise((resolve) => setImmediate(resolve));
        }
        // Out of whatever it is in: an escape sequence, a line, a command.
        await eventually(
          () => {
            if (!ended && !session.lines.includes('echo end')) shell.type('\x03\x05\x15echo end\r');
            return ended || session.lines.includes('echo end');
          },
          { what: `a prompt after ${JSON.stringify(typed)}: ${JSON.stringify(shown)}`, intervalMs: 5 },
        );
        assert.ok(
          !shown.includes('\x1b[2J') || typed.some((one) => /[\f]|c/.test(one)) || ended,
          'what a command says steers nothing',
        );
        shell.leave();
        const { kind } = await end;
        assert.ok(kind === 'left' || kind === 'forced', kind);
        output.destroy();
      }),
      { seed: SEED, numRuns: 150 },
    );
  });
});
