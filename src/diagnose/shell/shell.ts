import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { errorText, RemoraError } from '../../base/index.js';
import type { Result } from '../command.js';
import { terminalAhead } from '../limits.js';
import { visible } from '../render/index.js';
import { keymapText } from './keymap.js';
import { LineEditor } from './lineEditor.js';
import type { ShellEnd, ShellOptions } from './ports.js';
import { ResultText } from './resultText.js';
import { CLEAR_SCREEN, isKept, shellWord } from './shellWords.js';
import { readKeys } from './typedKeys.js';

/** Keys handed over in one turn of the loop: an editor's work grows with the length of its line. */
const SLICE = 256;
/** Text written in one piece. */
const PIECE = 32 * 1024;
/** A second Ctrl-C within this time, while the command has not ended, leaves. */
const AGAIN_MS = 2000;
const RETRY_MS = 50;
const BELL = '\x07';

/**
 * The prompt, for a person at any screen: `remora attach`, and the terminal of a browser. One foreground command at a
 * time; what background jobs say is shown above the line being typed.
 */
export class Shell {
  readonly #options: ShellOptions;
  readonly #editor: LineEditor;
  readonly #text = new ResultText();
  readonly #over = new AbortController();
  /** Typed and not taken yet. */
  #pending = '';
  #pumping = false;
  #running = false;
  /** Lines stand where the prompt was. */
  #printing = false;
  #job: unknown;
  /** The agent has begun what was typed: input that is allowed from here on is allowed behind it. */
  #begun = false;
  #lossy = false;
  #stopping = false;
  #interruptedAt = Number.NEGATIVE_INFINITY;
  #resolve!: (end: ShellEnd) => void;
  readonly #ended = new Promise<ShellEnd>((resolve) => {
    this.#resolve = resolve;
  });

  constructor(options: ShellOptions) {
    this.#options = options;
    const { session, screen, history } = options;
    this.#editor = new LineEditor({
      output: screen.output,
      style: screen.style,
      width: () => screen.width,
      history: history.load(),
      complete: (line) => session.complete(line),
      line: (line) => this.#entered(line),
      leave: () => this.#end({ kind: 'left' }),
      stop: () => options.stop?.(),
      ready: () => this.#pump(),
    });
  }

  /** Resolves when the person has left, or the session is lost. */
  async run(): Promise<ShellEnd> {
    void this.#follow();
    this.#ask();
    const end = await this.#ended;
    this.#over.abort();
    this.#editor.close();
    return end;
  }

  /** Keys, as a terminal sends them. */
  type(keys: string): void {
    if (this.#over.signal.aborted) return;
    let more = keys;
    if (this.#running) {
      const { actions, ahead, clears } = readKeys(keys, this.#pending !== '');
      if (clears) this.#pending = '';
      for (const action of actions) this.#act(action);
      more = ahead;
    } else if (keys.includes('\x03')) {
      // What was typed before it is not wanted any more, however much waits.
      this.#pending = '';
      more = keys.slice(keys.search(/\x03+[^\x03]*$/));
    }
    const room = Math.max(0, terminalAhead.value - this.#pending.length);
    if (more.length > room) this.#options.screen.output.write(BELL);
    this.#pending += more.slice(0, room);
    this.#pump();
  }

  /** Ctrl-C that came by another way: a signal. */
  interrupt(): void {
    if (this.#running) this.#act('interrupt');
    else this.type('\x03');
  }

  resized(): void {
    this.#editor.resized();
  }

  /** The screen was left and is back. */
  redraw(): void {
    this.#editor.redraw();
  }

  leave(): void {
    this.#end({ kind: 'left' });
  }

  #end(end: ShellEnd): void {
    this.#resolve(end);
  }

  #ask(): void {
    this.#running = false;
    this.#begun = false;
    this.#lossy = false;
    this.#job = undefined;
    this.#interruptedAt = Number.NEGATIVE_INFINITY;
    if (this.#over.signal.aborted) return;
    this.#editor.ask(this.#options.prompt());
    this.#pump();
  }

  /** Hands what was typed to the editor, in small pieces, up to the end of a line at most. */
  #pump(): void {
    if (this.#pumping || this.#pending === '') return;
    this.#pumping = true;
    setImmediate(() => {
      this.#pumping = false;
      const { output } = this.#options.screen;
      if (!this.#editor.ready || this.#printing || this.#over.signal.aborted) return;
      if (output.writableNeedDrain) {
        // A reader that takes no echo types no further.
        output.once('drain', () => this.#pump());
        return;
      }
      const [piece = ''] = /^[^\r\n]{0,256}(?:\r\n|[\r\n])?/.exec(this.#pending.slice(0, SLICE + 2)) ?? [];
      this.#pending = this.#pending.slice(piece.length);
      if (!this.#editor.type(piece.replace(/\r\n$/, '\r'))) output.write(BELL);
      this.#pump();
    });
  }

  #entered(typed: string): void {
    const line = typed.trim();
    if (isKept(typed)) this.#options.history.append(typed);
    this.#running = true;
    void this.#run(line).catch((error: unknown) => this.#lost(error));
  }

  async #run(line: string): Promise<void> {
    const { screen, session } = this.#options;
    switch (line === '' ? 'nothing' : shellWord(line)) {
      case 'nothing':
        return this.#ask();
      case 'leave':
        return this.#end({ kind: 'left' });
      case 'clear':
        screen.output.write(CLEAR_SCREEN);
        return this.#ask();
      case 'keymap':
        await this.#write(keymapText(screen.style, screen.width));
        return this.#ask();
    }
    try {
      this.#job = await session.start(line);
    } catch (error) {
      if (!(error instanceof RemoraError) || error.code === 'session-ended') throw error;
      await this.#write(screen.style.red(visible(error.text)));
      this.#ask();
    }
  }

  #act(action: 'interrupt' | 'suspend' | 'quit'): void {
    const { output } = this.#options.screen;
    if (action === 'suspend') {
      output.write('^Z\n');
      void this.#options.session.suspend().catch((error: unknown) => this.#lost(error));
      return;
    }
    const now = performance.now();
    if (action === 'interrupt') {
      output.write('^C\n');
      if (now - this.#interruptedAt < AGAIN_MS) {
        this.#end({ kind: 'forced' });
        return;
      }
      this.#interruptedAt = now;
    }
    void this.#interruptJob().catch((error: unknown) => this.#lost(error));
  }

  /** Tries again while the agent does not know the command yet: the key may come between sending it and its start. */
  async #interruptJob(): Promise<void> {
    if (this.#stopping) return;
    this.#stopping = true;
    try {
      while (this.#running && !this.#over.signal.aborted) {
        if (await this.#options.session.interrupt()) return;
        await sleep(RETRY_MS);
      }
    } finally {
      this.#stopping = false;
    }
  }

  async #follow(): Promise<void> {
    try {
      for await (const result of this.#options.session.results(this.#over.signal)) {
        await this.#show(result);
        this.#heed(result);
      }
      this.#lost(new RemoraError('session-ended', 'the session has ended'));
    } catch (error) {
      this.#lost(error);
    }
  }

  /** What a result means for what may be typed. */
  #heed({ type, state, inputStatus, jobId, reason }: Result): void {
    if (type === 'shutdown') this.#end({ kind: 'over' });
    if (this.#running && ((type === 'command' && state === 'SCHEDULED') || jobId === this.#job))
      this.#begun = true;
    if (inputStatus === 'ALLOW_INPUT' && this.#begun) this.#ask();
    // What allows input may be among what was lost; the end of a command never is.
    else if (type === 'dropped' && reason === undefined) this.#lossy = true;
    else if (type === 'status' && this.#begun && this.#lossy) this.#ask();
  }

  async #show(result: Result): Promise<void> {
    const { screen, shows } = this.#options;
    const text = this.#text.of(result, screen.style, screen.width);
    if (text === undefined || shows?.(result) === false) return;
    await this.#write(visible(text, true));
  }

  /** Resolves when there is room for more, so that a slow reader slows the session and not the agent's memory. */
  async #write(text: string): Promise<void> {
    const { output } = this.#options.screen;
    const atPrompt = this.#editor.asking;
    this.#printing = true;
    if (atPrompt) this.#editor.erase();
    const whole = `${text}\n`;
    for (let at = 0; at < whole.length && !this.#over.signal.aborted; at += PIECE) {
      if (!output.write(whole.slice(at, at + PIECE))) await this.#room();
    }
    this.#printing = false;
    if (atPrompt) this.#editor.redraw();
    this.#pump();
  }

  async #room(): Promise<void> {
    const { output } = this.#options.screen;
    const { signal } = this.#over;
    if (output.destroyed || signal.aborted) return;
    const gone = new AbortController();
    const stop = () => gone.abort();
    signal.addEventListener('abort', stop, { once: true });
    await Promise.race([
      once(output, 'drain', { signal: gone.signal }),
      once(output, 'close', { signal: gone.signal }),
    ]).catch(() => undefined);
    signal.removeEventListener('abort', stop);
    gone.abort();
  }

  #lost(error: unknown): void {
    if (this.#over.signal.aborted) return;
    const told = error instanceof RemoraError ? error : new RemoraError('internal', errorText(error));
    this.#end({ kind: 'lost', error: told });
  }
}
