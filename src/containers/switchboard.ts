/**
 * The I/O switchboard of one container: one writer, many readers (DESIGN 5; wire/mesos-agent.md 3.7, 3.8).
 *
 * Who slows whom:
 * - The first reader of a session, or of a container that waits for one, is its own. The container is held back while it does not read, for as long as it likes: its
 *   output is for that reader, and nothing is read before it has attached.
 * - Any other reader has `container-reader-buffer`. At it the container, and with it every other reader, is held back;
 *   a reader may do that for `container-reader-stall` in all (a tenth of the time comes back), then it is cut with
 *   `reader-too-slow`.
 * - The sandbox files hold it back as long as the disk does.
 * So memory is bounded by the readers' buffers and one chunk per stream. Once the processes have ended, what is left in
 * the pipes (64 KiB each) is read whatever the readers do; not without end, should a process have escaped.
 */
import { Socket } from 'node:net';
import type { WindowSize } from '../wire/index.js';
import type { InputWriter, OutputChunk, OutputReader } from './containers.js';
import { inputFailed, inputTaken, overLimit, readerDetached, readerTooSlow, resizeFailed } from './errors.js';
import { drainWait, readerBuffer, readerLimit, readerStall } from './limits.js';
import { OutputQueue } from './outputQueue.js';
import type { Streams } from './runtimes/runtime.js';
import type { LogFile } from './sandboxLog.js';
import { StallMeter } from './stallMeter.js';

const CHUNK_BYTES = 65_536;
/** More than pipes and terminals hold: what comes beyond that is written by a process that escaped. */
const LEFT_BYTES = 4 * 1024 * 1024;
type StreamName = OutputChunk['stream'];

interface Source {
  readonly stream: StreamName;
  readonly socket: Socket;
  readonly log: LogFile | undefined;
  /** Bytes read since the processes ended. */
  left: number;
}

interface Reader {
  readonly queue: OutputQueue;
  /** None for a session's own reader, which is never cut. */
  readonly stall: StallMeter | undefined;
}

export interface SwitchboardOptions {
  readonly streams: Streams;
  readonly tty: boolean;
  /** A session, or a launch that asked for it: nothing is read before the first reader is there. */
  readonly held: boolean;
  readonly logs: Partial<Record<StreamName, LogFile>>;
  /** End of input was asked for. */
  endInput(): void;
  resize(size: WindowSize): void;
}

export class Switchboard {
  readonly #options: SwitchboardOptions;
  readonly #sources: Source[] = [];
  readonly #readers = new Set<Reader>();
  readonly #open = new Set<Source>();
  readonly #input: Socket | undefined;
  #writer: Writer | undefined;
  #held: boolean;
  #paused = true;
  #ended = false;
  #inputEnded = false;
  #attached: () => void = () => undefined;
  #drained: () => void = () => undefined;
  #finished: () => void = () => undefined;

  /** Resolves with the first reader. */
  readonly firstReader = new Promise<void>((resolve) => {
    this.#attached = resolve;
  });
  /** Resolves when every stream has ended and was handed out. */
  readonly drained = new Promise<void>((resolve) => {
    this.#drained = resolve;
  });
  /** Resolves with `finish`. */
  readonly finished = new Promise<void>((resolve) => {
    this.#finished = resolve;
  });

  constructor(options: SwitchboardOptions) {
    this.#options = options;
    this.#held = options.held;
    const { stdout, stderr, stdin } = options.streams;
    this.#addSource('stdout', stdout);
    if (stderr !== undefined) this.#addSource('stderr', stderr);
    if (stdin !== undefined) {
      this.#input = new Socket({ fd: stdin, readable: false, writable: true });
      this.#input.on('error', () => {
        this.#inputEnded = true;
      });
    }
    if (!this.#held) this.#update();
  }

  #addSource(stream: StreamName, fd: number): void {
    const socket = new Socket({ fd, readable: true, writable: false });
    const source: Source = { stream, socket, log: this.#options.logs[stream], left: 0 };
    this.#sources.push(source);
    this.#open.add(source);
    socket.pause();
    socket.on('data', (data: Buffer) => this.#take(source, data));
    // EIO and the like end a stream as well as its end does.
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.#open.delete(source);
      if (this.#open.size === 0) this.#drained();
    });
    socket.pause();
  }

  #take(source: Source, data: Buffer): void {
    for (let at = 0; at < data.length; at += CHUNK_BYTES) {
      const piece = data.length <= CHUNK_BYTES ? data : data.subarray(at, at + CHUNK_BYTES);
      const chunk: OutputChunk = { stream: source.stream, data: piece };
      for (const reader of this.#readers) reader.queue.push(chunk);
    }
    source.log?.write(data, () => this.#update());
    this.#update();
    if (!this.#ended) return;
    source.left += data.length;
    if (source.left > LEFT_BYTES) source.socket.destroy();
  }

  /** Reads on or holds back, as the readers and files are now. */
  #update(): void {
    // Read on only at half the mark: a stop and start for each chunk would cost more than the chunk.
    const mark = this.#paused ? readerBuffer.value / 2 : readerBuffer.value;
    let full = false;
    for (const reader of this.#readers) {
      const isFull = reader.queue.size >= mark;
      if (isFull && !this.#ended) reader.stall?.begin();
      else reader.stall?.end();
      full ||= isFull;
    }
    const behind = this.#sources.some(({ log }) => log?.isBehind);
    const pause = !this.#ended && (this.#held || full || behind);
    if (pause === this.#paused) return;
    this.#paused = pause;
    for (const { socket } of this.#open) {
      if (pause) socket.pause();
      else socket.resume();
    }
  }

  #cut(reader: Reader): void {
    reader.queue.fail(readerTooSlow(readerStall.value));
    this.#readers.delete(reader);
    this.#update();
  }

  /** Throws `container-limit`. */
  attachOutput(): OutputReader {
    if (this.#readers.size >= readerLimit.value) {
      throw overLimit(
        `the container has ${this.#readers.size} readers, which is the limit`,
        readerLimit.name,
      );
    }
    const queue = new OutputQueue(() => this.#changed(reader));
    const stall = this.#held ? undefined : new StallMeter(() => this.#cut(reader));
    const reader: Reader = { queue, stall };
    this.#readers.add(reader);
    this.#held = false;
    this.#attached();
    this.#update();
    return queue;
  }

  #changed(reader: Reader): void {
    if (reader.queue.isClosed) {
      reader.stall?.end();
      this.#readers.delete(reader);
    }
    this.#update();
  }

  /** Throws `input-taken`. */
  attachInput(): InputWriter {
    if (this.#writer) throw inputTaken();
    const writer = new Writer(this);
    this.#writer = writer;
    return writer;
  }

  /** For the writer that has the slot. */
  release(writer: Writer): void {
    if (this.#writer === writer) this.#writer = undefined;
  }

  write(data: Buffer): Promise<void> {
    const { tty } = this.#options;
    if (data.length === 0) {
      if (!tty) this.#endInput();
      return Promise.resolve();
    }
    const input = this.#input;
    if (!input || this.#inputEnded || input.destroyed)
      return Promise.reject(inputFailed('Bad file descriptor'));
    return new Promise((resolve, reject) => {
      input.write(data, (error) => {
        if (error) reject(inputFailed(error.message));
        else resolve();
      });
    });
  }

  #endInput(): void {
    if (this.#inputEnded) return;
    this.#inputEnded = true;
    this.#input?.end(() => this.#input?.destroy());
    this.#options.endInput();
  }

  resize(size: WindowSize): void {
    if (!this.#options.tty || this.#ended) return;
    try {
      this.#options.resize(size);
    } catch (error) {
      throw resizeFailed(error);
    }
  }

  /** Nobody has come to read yet. */
  get isHeld(): boolean {
    return this.#held;
  }

  /** Reads on without a first reader. */
  stopHolding(): void {
    this.#held = false;
    this.#update();
  }

  /** The processes have ended: what is left is read without regard to readers. */
  processesEnded(): void {
    this.#ended = true;
    this.#held = false;
    this.#update();
    // A process that escaped may hold the pipes open for ever.
    const late = setTimeout(() => {
      for (const { socket } of this.#open) socket.destroy();
    }, drainWait.value);
    void this.drained.then(() => clearTimeout(late));
  }

  /** After `drained`: every reader ends when it has read what waits. Resolves when the sandbox files have all of it. */
  async finish(): Promise<void> {
    for (const { socket } of this.#sources) socket.destroy();
    this.#input?.destroy();
    for (const { queue, stall } of this.#readers) {
      stall?.end();
      queue.end();
    }
    this.#readers.clear();
    this.#finished();
    await Promise.all(this.#sources.map(({ log }) => log?.close()));
  }

  /** The agent goes and the container stays: readers are told. */
  async abandon(): Promise<void> {
    for (const { queue } of this.#readers) queue.fail(readerDetached());
    await this.finish();
  }
}

class Writer implements InputWriter {
  readonly #switchboard: Switchboard;

  constructor(switchboard: Switchboard) {
    this.#switchboard = switchboard;
  }

  get ended(): Promise<void> {
    return this.#switchboard.finished;
  }

  write(data: Buffer): Promise<void> {
    return this.#switchboard.write(data);
  }

  resize(size: WindowSize): void {
    this.#switchboard.resize(size);
  }

  release(): void {
    this.#switchboard.release(this);
  }
}
