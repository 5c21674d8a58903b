import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { chmodSync, rmdirSync, unlinkSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { FrameReader, frame } from './frames.js';

/** Events (never answers) are dropped while more than this waits for the agent to read. */
const EVENT_BACKLOG_BYTES = 4 * 1024 * 1024;
/** An agent that does not come within this is taken for dead. */
const FIRST_CONNECT_MS = 10_000;

interface LinkOptions {
  readonly folder: string;
  readonly secret: string;
  readonly heartbeatMs: number;
  readonly frameLimit: number;
}

interface LinkHandlers {
  onMessage(message: unknown): void;
  onGone(): void;
}

/**
 * The Unix socket to the one agent that knows the secret. The Worker proves the secret first, so that an agent led to
 * a planted socket tells it nothing; then the agent proves it; then socket and folder are unlinked.
 */
export class AgentLink {
  readonly #options: LinkOptions;
  readonly #handlers: LinkHandlers;
  readonly #server: Server;
  #agent: Socket | undefined;
  #lastHeard = Date.now();
  #dropped = 0;
  #watchdog: NodeJS.Timeout | undefined;

  constructor(options: LinkOptions, handlers: LinkHandlers) {
    this.#options = options;
    this.#handlers = handlers;
    this.#server = createServer((socket) => this.#greet(socket));
    this.#server.on('error', () => handlers.onGone());
  }

  listen(): void {
    this.#server.listen(this.#path, () => {
      try {
        chmodSync(this.#path, 0o600);
      } catch {
        // The folder is 0700 already.
      }
    });
    const started = Date.now();
    this.#watchdog = setInterval(() => {
      const limit = this.#agent ? this.#options.heartbeatMs : FIRST_CONNECT_MS;
      const since = this.#agent ? this.#lastHeard : started;
      if (Date.now() - since > limit) this.#handlers.onGone();
    }, 250);
  }

  /** Answers always go out. */
  send(message: object): void {
    if (this.#agent?.writable) this.#agent.write(frame(message));
  }

  /** Events are dropped, and counted, when the agent does not read. */
  sendEvent(message: object, backlog = EVENT_BACKLOG_BYTES): void {
    if (!this.#agent?.writable) return;
    if (this.#agent.writableLength > backlog) {
      this.#dropped += 1;
      return;
    }
    this.#agent.write(frame(this.#dropped ? { ...message, dropped: this.#dropped } : message));
    this.#dropped = 0;
  }

  stopListening(): void {
    clearInterval(this.#watchdog);
    this.#server.close();
    this.#unlink();
  }

  close(): void {
    this.#agent?.end();
  }

  get #path(): string {
    return `${this.#options.folder}/s`;
  }

  #greet(socket: Socket): void {
    socket.on('error', () => socket.destroy());
    const nonce = randomBytes(16).toString('hex');
    const reader = new FrameReader(4096);
    socket.write(frame({ probe: this.#proof('probe', ''), nonce }));
    const impatience = setTimeout(() => socket.destroy(), 2000);
    const onData = (chunk: Buffer): void => {
      const messages = reader.push(chunk);
      if (messages === undefined) return void socket.destroy();
      const first = messages[0] as { agent?: unknown } | undefined;
      if (first === undefined) return;
      clearTimeout(impatience);
      if (this.#agent || !this.#isProof(first.agent, nonce)) return void socket.destroy();
      socket.off('data', onData);
      this.#adopt(socket, messages.slice(1), reader.rest());
    };
    socket.on('data', onData);
  }

  #adopt(socket: Socket, early: unknown[], rest: Buffer): void {
    this.#agent = socket;
    this.#lastHeard = Date.now();
    this.#server.close();
    this.#unlink();
    const reader = new FrameReader(this.#options.frameLimit);
    const take = (chunk: Buffer): void => {
      this.#lastHeard = Date.now();
      const messages = reader.push(chunk);
      if (messages === undefined) return void socket.destroy();
      for (const message of messages) this.#handlers.onMessage(message);
    };
    socket.on('data', take);
    socket.once('close', () => this.#handlers.onGone());
    for (const message of early) this.#handlers.onMessage(message);
    if (rest.length) take(rest);
  }

  #proof(side: string, nonce: string): string {
    return createHmac('sha256', this.#options.secret).update(`${side}:${nonce}`).digest('hex');
  }

  #isProof(value: unknown, nonce: string): boolean {
    const wanted = Buffer.from(this.#proof('agent', nonce));
    const given = Buffer.from(String(value));
    return given.length === wanted.length && timingSafeEqual(given, wanted);
  }

  #unlink(): void {
    for (const remove of [() => unlinkSync(this.#path), () => rmdirSync(this.#options.folder)]) {
      try {
        remove();
      } catch {
        // Gone already.
      }
    }
  }
}
