import { RemoraError } from '../../../src/base/index.js';
import { idText } from '../../../src/containers/calls/containerId.js';
import type {
  Containers,
  ContainerView,
  InputWriter,
  LaunchOutcome,
  LaunchRequest,
  OutputChunk,
  OutputReader,
  Termination,
} from '../../../src/containers/index.js';
import type { ContainerID, WindowSize } from '../../../src/wire/index.js';

class MemoryReader implements OutputReader {
  readonly #queue: (OutputChunk | Error)[] = [];
  #wake: (() => void) | undefined;
  #ended = false;
  closed = false;

  push(chunk: OutputChunk | Error): void {
    this.#queue.push(chunk);
    this.#wake?.();
  }

  end(): void {
    this.#ended = true;
    this.#wake?.();
  }

  close(): void {
    this.closed = true;
    this.end();
  }

  async *[Symbol.asyncIterator](): AsyncIterator<OutputChunk> {
    for (;;) {
      const next = this.#queue.shift();
      if (next instanceof Error) throw next;
      if (next) yield next;
      else if (this.#ended) return;
      else
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
    }
  }
}

interface Held {
  readonly request: LaunchRequest;
  readonly readers: MemoryReader[];
  readonly input: Buffer[];
  readonly sizes: WindowSize[];
  readonly ended: Promise<void>;
  resolveEnded(): void;
  taken: boolean;
  closedInput: boolean;
  termination?: Termination;
}

/**
 * Containers without processes, for what is hard to bring about with real ones: each does what its test says. `cat` copies
 * its input to its output and ends with it.
 */
export class MemoryContainers implements Containers {
  readonly held = new Map<string, Held>();
  readonly killed: [id: string, signal: number | undefined][] = [];
  readonly removed: string[] = [];
  waiting = 0;
  /** Thrown by the next calls of that name. */
  readonly failures: Partial<Record<'launch' | 'attachOutput' | 'attachInput' | 'remove' | 'write', Error>> =
    {};
  beforeLaunch: (() => Promise<void>) | undefined;

  async launch(request: LaunchRequest): Promise<LaunchOutcome> {
    await this.beforeLaunch?.();
    if (this.failures.launch) throw this.failures.launch;
    const name = idText(request.id);
    if (this.held.has(name) && !this.held.get(name)?.termination) return 'exists';
    let resolveEnded = (): void => {};
    const ended = new Promise<void>((resolve) => {
      resolveEnded = resolve;
    });
    this.held.set(name, {
      request,
      readers: [],
      input: [],
      sizes: [],
      ended,
      resolveEnded,
      taken: false,
      closedInput: false,
    });
    return 'launched';
  }

  get(name: string): Held {
    const held = this.held.get(name);
    if (!held) throw new Error(`no container ${name}`);
    return held;
  }

  write(name: string, stream: OutputChunk['stream'], data: string | Buffer): void {
    for (const reader of this.get(name).readers) reader.push({ stream, data: Buffer.from(data) });
  }

  end(name: string, exitStatus = 0): void {
    const held = this.get(name);
    if (held.termination) return;
    held.termination = { exitStatus };
    for (const reader of held.readers) reader.end();
    held.resolveEnded();
  }

  #find(id: ContainerID): Held {
    const name = idText(id);
    const held = this.held.get(name);
    if (held && !held.termination) return held;
    const root = name.split('.', 1)[0] ?? '';
    throw this.held.has(root) || held
      ? new RemoraError('container-gone', `Unknown container ${name}`)
      : new RemoraError('container-not-found', `Container ${name} cannot be found`);
  }

  async attachOutput(id: ContainerID): Promise<OutputReader> {
    if (this.failures.attachOutput) throw this.failures.attachOutput;
    const held = this.#find(id);
    if (held.request.class === 'default' && !held.request.container?.tty_info) {
      throw new RemoraError('not-attachable', 'this container has no attachable streams');
    }
    const reader = new MemoryReader();
    held.readers.push(reader);
    return reader;
  }

  async attachInput(id: ContainerID): Promise<InputWriter> {
    if (this.failures.attachInput) throw this.failures.attachInput;
    const held = this.#find(id);
    if (held.taken) throw new RemoraError('input-taken', 'somebody else writes to it');
    held.taken = true;
    return {
      ended: held.ended,
      write: async (data) => {
        if (this.failures.write) throw this.failures.write;
        if (data.length === 0) held.closedInput = true;
        else held.input.push(data);
        if (held.request.command?.value !== 'cat') return;
        if (data.length === 0) this.end(idText(id));
        else this.write(idText(id), 'stdout', data);
      },
      resize: (size) => {
        held.sizes.push(size);
      },
      release: () => {
        held.taken = false;
      },
    };
  }

  async wait(id: ContainerID, signal: AbortSignal): Promise<Termination | undefined> {
    const held = this.held.get(idText(id));
    if (!held) return undefined;
    const aborted = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
    this.waiting++;
    await Promise.race([held.ended, aborted]);
    this.waiting--;
    return held.termination;
  }

  async kill(id: ContainerID, signal?: number): Promise<boolean> {
    const name = idText(id);
    if (!this.held.has(name) || this.get(name).termination) return false;
    this.killed.push([name, signal]);
    this.end(name, signal ?? 9);
    return true;
  }

  async destroy(id: ContainerID): Promise<void> {
    if (this.held.has(idText(id))) this.end(idText(id), 9);
  }

  async remove(id: ContainerID): Promise<void> {
    if (this.failures.remove) throw this.failures.remove;
    const name = idText(id);
    const held = this.held.get(name);
    if (held && !held.termination) throw new RemoraError('container-running', 'it runs');
    if (id.parent && !this.held.has(name.split('.', 1)[0] ?? '')) {
      throw new RemoraError('unknown-root', 'Unknown root container');
    }
    this.held.delete(name);
    this.removed.push(name);
  }

  list(): readonly ContainerView[] {
    return [...this.held.values()].map(({ request, termination }, index) => ({
      id: request.id,
      class: request.class,
      state: termination ? 'terminated' : 'running',
      pid: 1000 + index,
      tty: request.container?.tty_info !== undefined,
      attachable: request.class === 'debug' || request.container?.tty_info !== undefined,
      command: request.command?.value ?? '',
      user: 'somebody',
      sandbox: '/nowhere',
      startTime: 0,
      termination,
    }));
  }

  async close(): Promise<void> {
    for (const name of this.held.keys()) this.end(name, 9);
  }
}
