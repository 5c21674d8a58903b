/**
 * A process with a store, for what needs one of its own. `node storeProgram.js MODE FOLDER [...]`:
 * `open` opens, prints `open` and stays; `write SEED` writes for ever and prints what was acknowledged; `fill` writes
 * until the disk is full and then as told on standard input; `look` reads a damaged store; `two` puts two keys.
 */
import { writeSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { RemoraError } from '../../../src/base/index.js';
import { jsonCodec, openLmdbStore } from '../../../src/store/index.js';

const [mode = '', folder = '', ...rest] = process.argv.slice(2);

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function failure(error: unknown): string {
  return error instanceof RemoraError ? `${error.code} ${error.text}` : `?? ${String(error)}`;
}

async function open() {
  return openLmdbStore({ folder, address: '127.0.0.1:34601' });
}

async function write(seed: string): Promise<void> {
  const store = await open();
  const table = await store.state({ name: 'things', kind: 'state', partitions: 4 }, jsonCodec<string>());
  const log = await store.log({ name: 'events', kind: 'log', partitions: 3 }, jsonCodec<string>());
  say('open');
  let n = 0;
  const writer = async (): Promise<never> => {
    for (;;) {
      const key = `${seed}-${n++}`;
      const value = key.padEnd(200, '.');
      if (n % 5 === 0) {
        const { partition, sequence } = await log.append(key, value);
        say(`log ${partition} ${sequence} ${key}`);
      } else if (n % 7 === 0) {
        await table.put(key, value);
        await table.delete(key);
        say(`gone ${key}`);
      } else {
        say(`put ${key} ${await table.put(key, value)}`);
      }
    }
  };
  await Promise.all(Array.from({ length: 32 }, writer));
}

async function fill(): Promise<void> {
  const store = await open();
  const table = await store.state({ name: 'things', kind: 'state', partitions: 4 }, jsonCodec<string>());
  say('open');
  let n = 0;
  for await (const line of createInterface({ input: process.stdin })) {
    const value = 'x'.repeat(20_000);
    if (line === 'fill') {
      try {
        for (;;) {
          await Promise.all(Array.from({ length: 4 }, (_, index) => table.put(`k${n + index}`, value)));
          n += 4;
        }
      } catch (error) {
        say(`full ${n} ${failure(error)}`);
      }
    } else if (line === 'put') {
      await table.put(`extra-${n++}`, 'y'.repeat(20_000)).then(
        () => say('put ok'),
        (error: unknown) => say(`put ${failure(error)}`),
      );
    } else if (line === 'read') {
      let good = 0;
      for await (const { value: found } of table.scan({ prefix: 'k' })) if (found === value) good++;
      say(`read ${good} ${(await table.get('k0'))?.value === value}`);
    } else if (line === 'close') {
      await store.close();
      say('closed');
      process.exit(0);
    }
  }
}

/** Reads and writes everything that `damageTest` put there, and prints what it met: wrong values, and codes of errors. */
async function look(): Promise<void> {
  let wrong = 0;
  const codes = new Set<string>();
  const meet = (error: unknown): void => void codes.add(failure(error).split(' ', 1)[0] ?? '');
  const expected = (key: string): string => `${key}-`.padEnd(200, '#');
  try {
    const store = await open();
    const table = await store.state({ name: 'things', kind: 'state', partitions: 4 }, jsonCodec<string>());
    for (let n = 0; n < 400; n++) {
      const found = await table.get(`k${n}`).catch(meet);
      if (found && found.value !== expected(`k${n}`)) wrong++;
    }
    try {
      for await (const { key, value } of table.scan()) if (value !== expected(key)) wrong++;
    } catch (error) {
      meet(error);
    }
    await table.count().catch(meet);
    for (let n = 0; n < 400; n += 40) await table.put(`k${n}`, expected(`k${n}`)).catch(meet);
    await store.close();
  } catch (error) {
    meet(error);
  }
  say(`looked ${wrong} ${[...codes].join(',')}`);
}

/** Two puts, each acknowledged by a line that is written by a system call of its own. */
async function two(): Promise<void> {
  const store = await open();
  const table = await store.state({ name: 'things', kind: 'state', partitions: 4 }, jsonCodec<string>());
  for (const key of ['start', 'one', 'two']) {
    await table.put(key, key);
    writeSync(1, `ACK ${key}\n`);
  }
  await store.close();
}

try {
  if (mode === 'look') await look();
  else if (mode === 'two') await two();
  else if (mode === 'write') await write(rest[0] ?? 'a');
  else if (mode === 'fill') await fill();
  else {
    await open();
    say('open');
    setInterval(() => {}, 1000);
  }
} catch (error) {
  say(`failed ${failure(error)}`);
  process.exit(1);
}
