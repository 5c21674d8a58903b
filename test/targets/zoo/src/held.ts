/** Functions that somebody else holds: routers, emitters, timers, natives. */
import { EventEmitter } from 'node:events';
import { Agent, createServer, get } from 'node:http';
import querystring from 'node:querystring';
import { setTimeout } from 'node:timers';
import express from 'express';
import fastify from 'fastify';
import { body, type Specimen } from './keeper.js';

/** What requests and timers cannot carry. The keeper calls one slow specimen at a time. */
const post: { next: [unknown, number]; caught: unknown } = { next: [0, 0], caught: undefined };

/** No connection ends between two requests, however long an examination thinks. */
const KEEP_ALIVE_MS = 300_000;
const agent = new Agent({ keepAlive: true, maxSockets: 1 });

function ask(port: number, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    get({ port, path, agent }, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => {
        text += String(chunk);
      });
      response.on('end', () => resolve(text));
    }).on('error', reject);
  });
}

/** Hands the arguments over, and the error back, beside the request: a request is text. */
async function through(a: unknown, b: number, work: () => Promise<string>): Promise<number> {
  post.next = [a, b];
  post.caught = undefined;
  const text = await work();
  if (post.caught !== undefined) throw post.caught;
  return Number(text);
}

function portOf(address: unknown): number {
  return (address as { port: number }).port;
}

async function expressSpecimen(): Promise<Specimen[]> {
  const app = express();
  app.use('/used', function used(this: unknown, ...args: unknown[]) {
    const value = body('held-by-express-use', this, new.target, args, post.next);
    (args[1] as express.Response).send(String(value));
  });
  app.get('/sum', function answered(this: unknown, ...args: unknown[]) {
    const value = body('held-by-express', this, new.target, args, post.next);
    (args[1] as express.Response).send(String(value));
  });
  app.use((error: unknown, _request: express.Request, response: express.Response, _next: unknown) => {
    post.caught = error;
    response.status(500).end();
  });
  const server = app.listen(0, '127.0.0.1');
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  await new Promise((resolve) => server.once('listening', resolve));
  const router = (app as unknown as { router: { stack: Layer[] } }).router;
  const route = router.stack.find((layer) => layer.route?.path === '/sum')?.route?.stack[0] as object;
  const use = router.stack.find(({ name }) => name === 'used') ?? router.stack[0];
  return [
    {
      kind: 'held-by-express-use',
      name: 'used',
      module: 'held',
      slow: true,
      count: 3,
      call: (a, b) => through(a, b, () => ask(portOf(server.address()), '/used')),
      slot: () => ({ of: use as object, key: 'handle' }),
    },
    {
      kind: 'held-by-express',
      name: 'answered',
      module: 'held',
      slow: true,
      count: 3,
      call: (a, b) => through(a, b, () => ask(portOf(server.address()), '/sum')),
      slot: () => ({ of: route, key: 'handle' }),
    },
  ];
}

interface Layer {
  readonly name?: string;
  readonly route?: { readonly path: string; readonly stack: readonly object[] };
}

async function fastifySpecimen(): Promise<Specimen[]> {
  const app = fastify();
  async function replied(this: unknown, ...args: unknown[]): Promise<string> {
    return String(body('held-by-fastify', this, new.target, args, post.next));
  }
  app.get('/sum', replied);
  app.setErrorHandler(async (error) => {
    post.caught = error;
    return '';
  });
  await app.ready();
  return [
    {
      kind: 'held-by-fastify',
      name: 'replied',
      module: 'held',
      slow: true,
      self: () => app,
      call: (a, b) => through(a, b, async () => (await app.inject('/sum')).body),
      slot: () => ({ read: () => replied }),
    },
  ];
}

async function serverSpecimen(): Promise<Specimen[]> {
  const server = createServer(function requested(this: unknown, ...args: unknown[]) {
    const response = args[1] as { end(text: string): void };
    try {
      response.end(String(body('held-by-http', this, new.target, args, post.next)));
    } catch (error) {
      post.caught = error;
      response.end('');
    }
  });
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  server.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  return [
    {
      kind: 'held-by-http',
      name: 'requested',
      module: 'held',
      slow: true,
      self: () => server,
      call: (a, b) => through(a, b, () => ask(portOf(server.address()), '/')),
      slot: () => ({ read: () => server.listeners('request')[0] }),
    },
  ];
}

function emitterSpecimens(): Specimen[] {
  const emitter = new EventEmitter();
  let heard: unknown;
  emitter.on('sum', function listened(this: unknown, ...args: unknown[]) {
    heard = body('held-by-emitter', this, new.target, args);
  });
  const crowd = new EventEmitter();
  crowd.on('sum', () => undefined);
  crowd.on('sum', function overheard(this: unknown, ...args: unknown[]) {
    heard = body('held-by-listeners', this, new.target, args);
  });
  const emit = (from: EventEmitter) => (a: unknown, b: number) => {
    from.emit('sum', a, b);
    return heard;
  };
  return [
    {
      kind: 'held-by-emitter',
      name: 'listened',
      module: 'held',
      self: () => emitter,
      call: emit(emitter),
      slot: () => ({ read: () => emitter.listeners('sum')[0] }),
    },
    {
      kind: 'held-by-listeners',
      name: 'overheard',
      module: 'held',
      self: () => crowd,
      call: emit(crowd),
      slot: () => ({ read: () => crowd.listeners('sum')[1] }),
    },
  ];
}

function timerSpecimen(): Specimen {
  let done: (outcome: { value?: number; error?: unknown }) => void = () => undefined;
  const timer = setTimeout(function ticked(this: unknown, ...args: unknown[]) {
    try {
      done({ value: body('held-by-timer', this, new.target, args, post.next) });
    } catch (error) {
      done({ error });
    }
  }, 1);
  return {
    kind: 'held-by-timer',
    name: 'ticked',
    module: 'held',
    slow: true,
    count: 0,
    self: () => timer,
    call: (a, b) =>
      new Promise((resolve, reject) => {
        post.next = [a, b];
        done = ({ value, error }) => (error === undefined ? resolve(value) : reject(error));
        timer.refresh();
      }),
    slot: () => ({ of: timer, key: '_onTimeout' }),
  };
}

const natives: readonly Specimen[] = [
  {
    kind: 'native',
    name: 'Math.imul',
    module: 'globalThis',
    native: true,
    call: (a, b) => Math.imul(a as number, b),
    value: (a, b) => a * b,
    slot: () => ({ of: Math, key: 'imul' }),
  },
  {
    kind: 'built-in-module',
    name: 'escape',
    module: 'node:querystring',
    native: true,
    call: (a, b) => querystring.escape(`${a} ${b}`),
    value: (a, b) => `${a}%20${b}`,
    slot: () => ({ of: querystring, key: 'escape' }),
  },
];

export async function held(): Promise<Specimen[]> {
  return [
    ...(await expressSpecimen()),
    ...(await fastifySpecimen()),
    ...(await serverSpecimen()),
    ...emitterSpecimens(),
    timerSpecimen(),
    ...natives,
  ];
}
