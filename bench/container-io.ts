/**
 * Output and input of a session: bytes from a container's process through agent and HTTP to a client, and back, in both
 * encodings, checksums compared; against `cat` through a plain pipe between two processes in the same run.
 * `node build/bench/container-io.js [MIB]`, 1024 MiB unless told.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ContainerEncoding, ContainersClient } from '../src/client/index.js';
import { startServer } from './support/startServer.js';

const MIB = 1024 * 1024;
const size = Number(process.argv[2] ?? 1024) * MIB;
const READ_BYTES = 65_536;

interface Measured {
  readonly mbPerSecond: number;
  readonly hash: string;
}

async function measure(read: (take: (chunk: Buffer) => void) => Promise<void>): Promise<Measured> {
  const hash = createHash('sha256');
  let bytes = 0;
  const started = performance.now();
  await read((chunk) => {
    hash.update(chunk);
    bytes += chunk.length;
  });
  const seconds = (performance.now() - started) / 1000;
  if (bytes !== size) throw new Error(`${bytes} bytes came of ${size}`);
  return { mbPerSecond: bytes / 1e6 / seconds, hash: hash.digest('hex') };
}

/** The floor: the same bytes from `cat` through one pipe into a Node.js process that hashes them as we do. */
function plainPipe(file: string): Promise<Measured> {
  return measure(
    (take) =>
      new Promise((resolve, reject) => {
        const cat = spawn('cat', [file], { stdio: ['ignore', 'pipe', 'inherit'] });
        cat.stdout.on('data', take).on('end', resolve);
        cat.on('error', reject);
      }),
  );
}

function output(client: ContainersClient, file: string, name: string): Promise<Measured> {
  return measure(async (take) => {
    const session = await client.session({ container: `bench.${name}`, command: ['cat', file] });
    for await (const { data } of session) take(data);
  });
}

/** Time until the container's own checksum of everything has come back. */
async function input(client: ContainersClient, file: string, name: string): Promise<Measured> {
  const started = performance.now();
  const session = await client.session({ container: `bench.${name}`, command: ['sha256sum'] });
  const writer = await client.attachInput(`bench.${name}`);
  for await (const chunk of createReadStream(file, { highWaterMark: READ_BYTES })) {
    await writer.write(chunk as Buffer);
  }
  writer.end();
  let text = '';
  for await (const { data } of session) text += data;
  await writer.close();
  const seconds = (performance.now() - started) / 1000;
  return { mbPerSecond: size / 1e6 / seconds, hash: text.split(' ')[0] ?? '' };
}

/** What the input is measured against: the same bytes from this process through one pipe into the same program. */
async function plainInput(file: string): Promise<Measured> {
  const started = performance.now();
  const sum = spawn('sha256sum', { stdio: ['pipe', 'pipe', 'inherit'] });
  createReadStream(file, { highWaterMark: READ_BYTES }).pipe(sum.stdin);
  let text = '';
  for await (const chunk of sum.stdout) text += chunk;
  const seconds = (performance.now() - started) / 1000;
  return { mbPerSecond: size / 1e6 / seconds, hash: text.split(' ')[0] ?? '' };
}

async function makeData(file: string): Promise<void> {
  const random = spawn('head', ['-c', String(size), '/dev/urandom'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await writeFile(file, random.stdout);
}

function say(what: string, measured: Measured, floor: Measured): void {
  const whole = measured.hash === floor.hash ? 'whole' : 'NOT WHOLE';
  const ratio = (measured.mbPerSecond / floor.mbPerSecond).toFixed(2);
  console.log(`${what}: ${measured.mbPerSecond.toFixed(0)} MB/s, ${ratio}x of a plain pipe, ${whole}`);
  if (measured.hash !== floor.hash) process.exitCode = 1;
}

const folder = mkdtempSync(join(tmpdir(), 'remora-bench-'));
mkdirSync(join(folder, 'agent'), { mode: 0o700 });
const file = join(folder, 'data');
await makeData(file);
const agent = await startServer('benchAgent', ['0', join(folder, 'agent'), 'containers']);
const clientOf = (encoding: ContainerEncoding) =>
  new ContainersClient({ socketPath: join(folder, 'agent', 'agent.sock') }, { encoding });
const first = clientOf('protobuf');
await first.launch({ container: 'bench', command: ['sleep', '100000'] });
try {
  const floorOut = await plainPipe(file);
  const floorIn = await plainInput(file);
  console.log(`${size / MIB} MiB; plain pipe out: ${floorOut.mbPerSecond.toFixed(0)} MB/s`);
  console.log(`${size / MIB} MiB; plain pipe in, with sha256sum: ${floorIn.mbPerSecond.toFixed(0)} MB/s`);
  for (const encoding of ['protobuf', 'json'] as const) {
    const client = clientOf(encoding);
    say(`out, ${encoding}`, await output(client, file, `out-${encoding}`), floorOut);
    say(`in, ${encoding}`, await input(client, file, `in-${encoding}`), floorIn);
    client.close();
  }
} finally {
  await first.kill('bench').catch(() => undefined);
  first.close();
  await agent.stop();
  rmSync(folder, { recursive: true, force: true });
}
