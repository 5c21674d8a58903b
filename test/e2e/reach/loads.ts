/** What the surveyed programs are asked, each time the same. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Program, ProgramName } from '../../support/index.js';

async function ask(url: string, init: RequestInit = {}): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      const response = await fetch(url, { ...init, signal: AbortSignal.timeout(20_000) });
      await response.arrayBuffer();
      return;
    } catch (error) {
      // A connection that was kept may be closed as it is used again. One that is refused is another matter.
      if (attempt === 3 || (error as { cause?: { code?: string } }).cause?.code === 'ECONNREFUSED')
        throw error;
    }
  }
}

const json = (method: string, value: unknown): RequestInit => ({
  method,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(value),
});

const FLOW = [
  { id: 'tab', type: 'tab', label: 'survey' },
  { id: 'in', z: 'tab', type: 'http in', url: '/survey', method: 'get', wires: [['fn']] },
  {
    id: 'fn',
    z: 'tab',
    type: 'function',
    func: 'msg.payload = "seen"; return msg;',
    outputs: 1,
    wires: [['out']],
  },
  { id: 'out', z: 'tab', type: 'http response', statusCode: '200', wires: [] },
];

const LOADS: Readonly<Partial<Record<ProgramName, (url: string) => Promise<void>>>> = {
  async express(url) {
    await ask(url);
    await ask(`${url}notes/1`);
    await ask(`${url}notes/nothing`);
    await ask(`${url}notes`, json('POST', { text: 'a note' }));
    await ask(`${url}not/there`);
  },
  async fastify(url) {
    await ask(url);
    await ask(`${url}square/12`);
    await ask(`${url}not/there`);
  },
  async 'node-red'(url) {
    await ask(url);
    await ask(`${url}settings`);
    await ask(`${url}flows`);
    await ask(`${url}nodes`, { headers: { accept: 'application/json' } });
    await ask(`${url}locales/editor?lng=en-US`);
    await ask(`${url}survey`);
    await ask(`${url}not/there`);
  },
  async vite(url) {
    await ask(url);
    await ask(`${url}main.js?t=${Date.now()}`);
    await ask(`${url}greeting.js`);
    await ask(`${url}@vite/client`);
    await ask(`${url}not/there.js`);
  },
};

export const surveyed = ['express', 'fastify', 'node-red', 'vite'] as const satisfies readonly ProgramName[];

/** Once, before anything is measured. */
export async function prepareProgram({ name, url }: Program): Promise<void> {
  if (name === 'node-red') {
    const headers = { 'content-type': 'application/json', 'node-red-api-version': 'v1' };
    await ask(`${url}flows`, { ...json('POST', FLOW), headers });
  }
}

export async function load({ name, url, target }: Program, times: number): Promise<void> {
  for (let i = 0; i < times; i += 1) {
    await LOADS[name]?.(url).catch(async (error: unknown) => {
      // Its end is told a moment after its connections have gone.
      await Promise.race([target.exited, sleep(1000)]);
      const { exitCode, signalCode } = target.child;
      if (exitCode === null && signalCode === null) throw error;
      throw new Error(
        `${name} has ended (${signalCode ?? exitCode}): ${(target.stdout() + target.stderr()).slice(-6000)}`,
      );
    });
  }
}
