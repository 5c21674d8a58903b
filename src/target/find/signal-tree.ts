/**
 * Which signals a process handles in JavaScript: libuv's tree of signal watchers, read from the process's memory
 * without stopping it. The layout is that of `uv_signal_t` in libuv 1.x on 64-bit systems, measured on Node 18-26.
 */
import { closeSync, openSync, readSync } from 'node:fs';
import { Cache } from './cache.js';
import { type ElfFile, findSymbol, parseElf, SEGMENT_LOAD } from './elf.js';
import { type OpenFile, withFile, withMapped } from './file-source.js';
import { SIGNAL_NODES } from './limits.js';
import { type Mapping, processMaps } from './maps.js';
import { errorCode, hostUnits } from './proc.js';

export type SignalTree =
  | { readonly signals: readonly number[] }
  /** Why it could not be read, half a sentence. */
  | { readonly unreadable: string };

/** Where the root lies in the file, before loading. */
interface RootSymbol {
  readonly address: number;
  readonly relocatable: boolean;
  readonly segments: ElfFile['segments'];
}

const ROOT_NAME = 'uv__signal_tree';
/** Compilers tell statics of the same name apart by a suffix: `.0`, `.lto_priv.0`. */
const ROOT_PATTERN = /^uv__signal_tree(\.\d+|\.lto_priv\.\d+|\.llvm\.\d+)?$/;
const LIBUV = /\/lib(uv|node)\.so[.\d]*$/;
const HANDLE_TYPE_AT = 16;
const HANDLE_TYPE_SIGNAL = 16;
const SIGNUM_AT = 104;
const LEFT_AT = 112;
const RIGHT_AT = 120;
const NODE_BYTES = 128;
const HIGHEST_SIGNAL = 64;
/** A tree that changes while it is read looks broken; the next look finds it whole. */
const ATTEMPTS = 3;

const roots = new Cache<Promise<RootSymbol | undefined>>();

/** Never rejects. */
export async function signalTree(pid: number): Promise<SignalTree> {
  const root = await rootAddress(pid);
  if (typeof root === 'string') return { unreadable: root };
  let memory: number;
  try {
    memory = openSync(`/proc/${pid}/mem`, 'r');
  } catch (error) {
    return {
      unreadable:
        errorCode(error) === 'ENOENT' ? 'the process is gone' : 'the kernel does not let us read its memory',
    };
  }
  try {
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      const signals = walk(memory, root);
      if (signals) return { signals };
    }
    return { unreadable: "libuv's signal tree does not look as expected" };
  } finally {
    closeSync(memory);
  }
}

function walk(memory: number, root: number): number[] | undefined {
  const first = readMemory(memory, root, 8);
  if (!first) return undefined;
  const signals = new Set<number>();
  const seen = new Set<number>();
  const open = [pointerAt(first, 0)];
  while (open.length > 0) {
    const address = open.pop() ?? 0;
    if (address === 0) continue;
    if (seen.has(address) || seen.size >= SIGNAL_NODES.value) return undefined;
    seen.add(address);
    const node = readMemory(memory, address, NODE_BYTES);
    if (!node || node.readInt32LE(HANDLE_TYPE_AT) !== HANDLE_TYPE_SIGNAL) return undefined;
    const signum = node.readInt32LE(SIGNUM_AT);
    if (signum < 1 || signum > HIGHEST_SIGNAL) return undefined;
    signals.add(signum);
    open.push(pointerAt(node, LEFT_AT), pointerAt(node, RIGHT_AT));
  }
  return [...signals].sort((a, b) => a - b);
}

function pointerAt(bytes: Buffer, at: number): number {
  return Number(bytes.readBigUInt64LE(at));
}

function readMemory(memory: number, address: number, length: number): Buffer | undefined {
  if (!Number.isSafeInteger(address) || address <= 0) return undefined;
  const bytes = Buffer.alloc(length);
  try {
    return readSync(memory, bytes, 0, length, address) === length ? bytes : undefined;
  } catch {
    return undefined;
  }
}

/** The root's address in the process's memory, or why there is none. */
async function rootAddress(pid: number): Promise<number | string> {
  try {
    const own = await withFile(`/proc/${pid}/exe`, (file) => rootIn(file));
    if (own) return own.relocatable ? await loaded(pid, own) : own.address;
    const library = processMaps(pid).find((mapping) => LIBUV.test(mapping.path));
    if (!library) return `its executable has no symbol ${ROOT_NAME}`;
    const shared = await withMapped(pid, library, (file) => rootIn(file));
    if (!shared) return `${library.path} has no symbol ${ROOT_NAME}`;
    return (
      loadAddress(shared, processMaps(pid), library.inode) ?? `${library.path} is not loaded as expected`
    );
  } catch (error) {
    return errorCode(error) === 'ENOENT' || errorCode(error) === 'ESRCH'
      ? 'the process is gone'
      : 'the kernel does not let us read its executable';
  }
}

function rootIn(file: OpenFile): Promise<RootSymbol | undefined> {
  return (
    roots.get(file.key) ??
    roots.set(
      file.key,
      searchRoot(file).catch((error: unknown) => {
        roots.delete(file.key);
        throw error;
      }),
    )
  );
}

async function searchRoot({ source }: OpenFile): Promise<RootSymbol | undefined> {
  const elf = await parseElf(source);
  const symbol = elf && (await findSymbol(source, elf, ROOT_NAME, (name) => ROOT_PATTERN.test(name)));
  if (!elf || !symbol) return undefined;
  return { address: symbol.address, relocatable: elf.relocatable, segments: elf.segments };
}

async function loaded(pid: number, root: RootSymbol): Promise<number | string> {
  const inode = await withFile(`/proc/${pid}/exe`, async (file) => file.inode);
  return loadAddress(root, processMaps(pid), inode) ?? 'its executable is not loaded as expected';
}

/** A symbol's address in memory: the file's first loaded segment says how far everything was moved. */
export function loadAddress(
  root: { address: number; segments: ElfFile['segments'] },
  maps: readonly Mapping[],
  inode: number,
): number | undefined {
  const page = hostUnits().pageBytes;
  const first = root.segments.find((segment) => segment.type === SEGMENT_LOAD);
  if (!first) return undefined;
  const offset = first.offset - (first.offset % page);
  const mapping = maps.find((each) => each.inode === inode && each.offset === offset);
  if (!mapping) return undefined;
  return mapping.start - (first.address - (first.offset % page)) + root.address;
}
