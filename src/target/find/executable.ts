/** Is this executable Node.js, and which version? Read from the file's own tables; it is never run. */
import { statSync } from 'node:fs';
import { basename } from 'node:path';
import { Cache } from './cache.js';
import {
  type ByteSource,
  type ElfFile,
  eachChunk,
  findSymbol,
  parseElf,
  rangeHolds,
  readAtAddress,
  sectionNamed,
} from './elf.js';
import { fileKey, withFile, withMapped } from './fileSource.js';
import { EXECUTABLE_SCAN_BYTES, SYMBOL_TABLE_BYTES } from './limits.js';
import { processMaps } from './maps.js';
import { isNodeName } from './nodeOptions.js';
import { isDenied, readProcLink } from './proc.js';

export interface Executable {
  /** Path in the process's own mount namespace, without the kernel's ` (deleted)`; '' when refused. */
  readonly path: string;
  readonly node: boolean;
  /** `22.23.3`, '' when unknown. */
  readonly version: string;
}

interface Described {
  readonly node: boolean;
  readonly version: string;
}

/** node::Start(int, char**): exported by Node itself and imported by a Node that lives in libnode.so. */
const NODE_MARKER = '_ZN4node5StartEiPPc';
/** Electron exports the same symbol, but no Node.js links these. */
const DESKTOP_MARKERS = ['libnss3.so', 'libgtk-3.so'];
/** A Node that is linked into another executable is never smaller. */
const EMBEDDED_BYTES = 30 * 1024 * 1024;
const LIBNODE = /\/libnode\.so[.\d]*$/;
const VERSION = /^v(\d{1,3}\.\d{1,4}\.\d{1,4}(?:-[\w.]{1,40})?)$/;
/** What /json/version of Node's inspector answers begins with this. */
const VERSION_MARKER = 'node.js/v';

const described = new Cache<Promise<Described>>();

/**
 * What the process runs, or undefined when it is not Node.js. Costs one readlink for anything that is neither named
 * like Node nor large enough to hold one. `denied` processes (other users') are undefined here too.
 */
export async function nodeExecutable(pid: number): Promise<Executable | undefined> {
  const link = readProcLink(`/proc/${pid}/exe`);
  if (link.text === undefined) return undefined;
  let path = link.text.replace(/ \(deleted\)$/, '');
  const named = isNodeName(basename(path));
  let key: string;
  try {
    const stats = statSync(`/proc/${pid}/exe`, { bigint: true });
    if (!named && stats.size < EMBEDDED_BYTES) return undefined;
    // A file may really be called "... (deleted)": only one without a name left is deleted.
    if (stats.nlink > 0n) path = link.text;
    key = fileKey(stats);
  } catch (error) {
    return named && isDenied(error) ? { path, node: true, version: '' } : undefined;
  }
  const cached = described.get(key) ?? described.set(key, describe(pid, named));
  try {
    const { node, version } = await cached;
    return node ? { path, node, version } : undefined;
  } catch {
    // It ended while it was being read: another process of the same executable may have better luck.
    described.delete(key);
    return named ? { path, node: true, version: '' } : undefined;
  }
}

async function describe(pid: number, named: boolean): Promise<Described> {
  return await withFile(`/proc/${pid}/exe`, async ({ source }) => {
    const elf = await parseElf(source);
    if (!elf) return { node: false, version: '' };
    if (named) {
      // The version's text is in Node alone and near the start: mostly the long table of names need not be read.
      const version = (await versionInConstants(source, elf)) || (await libraryVersion(pid));
      if (version !== '') return { node: true, version };
    }
    const exported = await exportsNode(source, elf);
    return { node: exported, version: exported ? await versionIn(source, elf) : '' };
  });
}

async function exportsNode(source: ByteSource, elf: ElfFile): Promise<boolean> {
  const strings = sectionNamed(elf, '.dynstr');
  if (!strings) return false;
  const size = Math.min(strings.size, SYMBOL_TABLE_BYTES.value);
  const wanted = [NODE_MARKER, ...DESKTOP_MARKERS];
  const markers = await rangeHolds(source, { offset: strings.offset, size }, wanted);
  return markers.has(NODE_MARKER) && !DESKTOP_MARKERS.some((marker) => markers.has(marker));
}

/** Debian's way: a small executable and libnode.so beside it. */
async function libraryVersion(pid: number): Promise<string> {
  const library = processMaps(pid).find((mapping) => LIBNODE.test(mapping.path));
  if (!library) return '';
  return await withMapped(pid, library, async ({ source }) => {
    const elf = await parseElf(source);
    return elf ? await versionIn(source, elf) : '';
  }).catch(() => '');
}

async function versionIn(source: ByteSource, elf: ElfFile): Promise<string> {
  return (await versionInConstants(source, elf)) || (await versionInSymbol(source, elf));
}

async function versionInConstants(source: ByteSource, elf: ElfFile): Promise<string> {
  const constants = sectionNamed(elf, '.rodata');
  if (!constants) return '';
  let version = '';
  const size = Math.min(constants.size, EXECUTABLE_SCAN_BYTES.value);
  await eachChunk(source, constants.offset, size, 256, (bytes) => {
    let hit = bytes.indexOf(VERSION_MARKER, 0, 'latin1');
    for (; hit >= 0; hit = bytes.indexOf(VERSION_MARKER, hit + 1, 'latin1')) {
      const start = hit + VERSION_MARKER.length - 1;
      const text = bytes.toString('latin1', start, Math.min(start + 64, bytes.length)).split('\0')[0] ?? '';
      const match = VERSION.exec(text);
      if (!match?.[1]) continue;
      version = match[1];
      return false;
    }
    return true;
  });
  return version;
}

/** Three 32-bit numbers that napi_get_node_version() answers with; there even where no text says it. */
async function versionInSymbol(source: ByteSource, elf: ElfFile): Promise<string> {
  const name = '_ZZ21napi_get_node_versionE7version';
  const symbol = await findSymbol(source, elf, name, (found) => found === name);
  const bytes = symbol && (await readAtAddress(source, elf, symbol.address, 12));
  if (!bytes) return '';
  const numbers = [0, 4, 8].map((at) => bytes.readUInt32LE(at));
  return numbers.every((number) => number < 10_000) ? numbers.join('.') : '';
}
