/**
 * Pseudoterminals by node-pty's native part: it only makes the pair and sets its size. Its `spawn` is not used, since it
 * destroys the stream 200 ms after the end of the process, with whatever a slow reader has not taken by then.
 */
import { closeSync, constants, openSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { WindowSize } from '../../wire/index.js';
import { launchFailed } from '../errors.js';

interface Native {
  open(columns: number, rows: number): { master: number; slave: number; pty: string };
  resize(fd: number, columns: number, rows: number): void;
}

let native: Native | undefined;

function load(): Native {
  if (native) return native;
  const require = createRequire(import.meta.url);
  try {
    const { requireBinary } = require('@lydell/node-pty/requireBinary.js') as {
      requireBinary(file: string): Native;
    };
    native = requireBinary('pty.node');
  } catch (error) {
    throw launchFailed('terminals do not work on this system', error);
  }
  return native;
}

export interface Pty {
  /** The container's side; the caller closes it. */
  readonly slave: number;
  /** Its device, by which its size is set later. */
  readonly device: string;
}

/**
 * 0 x 0 unless told, as the kernel makes them. `carry` is given the master, for the processes that shall hold it, and must
 * not wait for anything: node-pty's descriptors are inherited by every process that is started while they are open, and a
 * stranger with the master or slave would keep the terminal alive after its end.
 */
export function openPty(size: WindowSize | undefined, carry: (master: number) => void): Pty {
  const { columns, rows } = cut(size ?? { columns: 0, rows: 0 });
  const { master, slave: inherited, pty } = load().open(columns, rows);
  try {
    const slave = openSync(pty, constants.O_RDWR | constants.O_NOCTTY);
    closeSync(inherited);
    try {
      carry(master);
    } catch (error) {
      closeSync(slave);
      throw error;
    }
    return { slave, device: pty };
  } finally {
    closeSync(master);
  }
}

/** TIOCSWINSZ works on either side, so a later agent that has no master can do it too. */
export function resizePty(device: string, size: WindowSize): void {
  const { columns, rows } = cut(size);
  const fd = openSync(device, constants.O_RDWR | constants.O_NOCTTY | constants.O_NONBLOCK);
  try {
    load().resize(fd, columns, rows);
  } finally {
    closeSync(fd);
  }
}

/** The kernel's struct winsize has 16 bits each. */
function cut({ columns, rows }: WindowSize): WindowSize {
  return { columns: columns & 0xffff, rows: rows & 0xffff };
}
