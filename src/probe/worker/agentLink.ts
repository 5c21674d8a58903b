import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { chmodSync, rmdirSync, unlinkSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { FrameReader, frame } from './frames.js';
import { Patience } from './patience.js';

/** Events (never answers) are dropped while more than this waits for the agent to read. */
const EVENT_BACKLOG_BYTES = 4 * 1024 * 1024;
/** How long one that connects may take to prove the secret. */
const GREETING_MS = 2000;

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
  #dropped = 0;
  #patience: Patience | undefined;

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
    // Also for an agent that has never come: it is taken for dead.
    this.#patience = new Patience(this.#options.heartbeatMs, () => this.#handlers.onGone());
  }

  /** Answers always go out; one that the agent would not take goes out as an error. Throws when it is no JSON. */
  send(message: object): void {
    if (!this.#agent?.writable) return;
    const bytes = frame(message);
    if (bytes.length - 4 <= this.#options.frameLimit) this.#agent.write(bytes);
    else throw Object.assign(new Error(`an answer of ${bytes.length} bytes`), { code: 'answer-too-large' });
  }

  /** Events are dropped, and counted, when the agent does not read. Whether it was sent. */
  sendEvent(message: object, backlog = EVENT_BACKLOG_BYTES): boolean {
    if (!this.#agent?.writable) return false;
    if (this.#agent.writableLength > backlog) {
      this.#dropped += 1;
      return false;
    }
    const bytes = frame(this.#dropped ? { ...message, dropped: this.#dropped } : message);
    if (bytes.length - 4 > this.#options.frameLimit) {
      this.#dropped += 1;
      return false;
    }
    this.#agent.write(bytes);
    this.#dropped = 0;
    return true;
  }

  stopListening(): void {
    this.#patience?.end();
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
    const impatience = new Patience(GREETING_MS, () => socket.destroy());
    socket.once('close', () => impatience.end());
    const onData = (chunk: Buffer): void => {
      // What follows the proof may already be a large request.
      const messages = reader.push(chunk, 1);
      if (messages === undefined) return void socket.destroy();
      if (messages.length === 0) return;
      impatience.end();
      const first = messages[0] as { agent?: unknown } | null;
      if (this.#agent || !this.#isProof(first?.agent, nonce)) return void socket.destroy();
      socket.off('data', onData);
      this.#adopt(socket, reader.rest());
    };
    socket.on('data', onData);
  }

  #adopt(socket: Socket, rest: Buffer): void {
    this.#agent = socket;
    this.#patience?.renew();
    this.#server.close();
    this.#unlink();
    const reader = new FrameReader(this.#options.frameLimit);
    const take = (chunk: Buffer): void => {
      this.#patience?.renew();
      const messages = reader.push(chunk);
      if (messages === undefined) return void socket.destroy();
      for (const message of messages) this.#handlers.onMessage(message);
    };
    socket.on('data', take);
    socket.once('close', () => this.#handlers.onGone());
    if (rest.length) take(rest);
  }

  #proof(side: string, nonce: string): string {
    return createHmac('sha256', this.#options.secret).update(`${side}:${nonce}`).digest('hex');
  }

  #isProof(value: unknown, nonce: string): boolean {
    const wanted = Buffer.from(this.#proof('agent', nonce));
    const given = Buffer.from(typeof value === 'string' ? value : '');
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
