import { Writable } from 'node:stream';
import type { WebSocket } from 'ws';
import { counters } from '../../base/index.js';
import type { Style } from '../command.js';
import { streamStall, terminalBuffer } from '../limits.js';
import { ANSI_STYLE } from '../render/index.js';
import type { Screen } from '../shell/index.js';
import type { TerminalFrame } from './terminalFrame.js';

const cut = counters.counter('diagnose.terminals.cut', 'terminals cut because their reader took nothing');

/** Output on its way: more waits in the shell. */
const HIGH_WATER = 64 * 1024;
const TOO_SLOW = 4008;
/** Time for the word why to get through. */
const LAST_WORD_MS = 1000;

/** What the reader of a terminal WebSocket sees: raw terminal output in frames of text, 80 columns until it says otherwise. */
export class SocketScreen extends Writable implements Screen {
  readonly style: Style = ANSI_STYLE;
  readonly isTTY = true;
  columns = 80;
  rows = 24;
  /** When output went out last. */
  lastOutput = performance.now();
  readonly #socket: WebSocket;

  constructor(socket: WebSocket) {
    super({ highWaterMark: HIGH_WATER, decodeStrings: false });
    this.#socket = socket;
    // What cannot be written any more has no reader: the end of the socket says so.
    this.on('error', () => undefined);
  }

  get output(): Writable {
    return this;
  }

  get width(): number {
    return this.columns;
  }

  resize({ columns, rows }: Extract<TerminalFrame, { action: 'resize' }>): void {
    this.columns = columns;
    this.rows = rows;
  }

  /** More waits for its reader than is kept for anybody. */
  get isStuck(): boolean {
    return this.writableLength > terminalBuffer.value;
  }

  override _write(chunk: string, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#send(chunk, done);
  }

  override _writev(chunks: { readonly chunk: string }[], done: (error?: Error | null) => void): void {
    this.#send(chunks.map(({ chunk }) => chunk).join(''), done);
  }

  /** A reader that takes nothing is told why it is cut, as far as it still listens. */
  cut(): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    cut.add();
    this.#socket.close(TOO_SLOW, 'this terminal reads too slowly');
    setTimeout(() => this.#socket.terminate(), LAST_WORD_MS).unref();
    this.destroy();
  }

  #send(text: string, done: (error?: Error | null) => void): void {
    const socket = this.#socket;
    if (socket.readyState !== socket.OPEN) {
      done(new Error('the terminal has gone'));
      return;
    }
    const timer = setTimeout(() => this.cut(), streamStall.value);
    // A terminal in raw mode needs the carriage return that a tty of the system would add.
    socket.send(String(text).replace(/\r?\n/g, '\r\n'), (error) => {
      clearTimeout(timer);
      this.lastOutput = performance.now();
      done(error);
    });
  }
}
