/** As much of ELF64 (little-endian) as finding one symbol in a running executable needs. Untrusted input. */
import { SYMBOL_TABLE_BYTES } from './limits.js';

/** Where bytes come from: an open file. Fewer bytes than asked for mean the end. */
export interface ByteSource {
  read(offset: number, length: number): Promise<Buffer>;
}

export interface ElfSection {
  readonly name: string;
  readonly type: number;
  readonly address: number;
  readonly offset: number;
  readonly size: number;
  readonly link: number;
}

export interface ElfSegment {
  readonly type: number;
  readonly writable: boolean;
  readonly offset: number;
  readonly address: number;
  readonly fileSize: number;
  readonly memorySize: number;
}

export interface ElfFile {
  /** True for position-independent executables and shared objects: addresses are relative to where it is loaded. */
  readonly relocatable: boolean;
  readonly sections: readonly ElfSection[];
  readonly segments: readonly ElfSegment[];
}

export interface ElfSymbol {
  readonly name: string;
  readonly address: number;
  readonly size: number;
}

const SECTION_SYMTAB = 2;
const SECTION_DYNSYM = 11;
const SECTION_NOBITS = 8;
export const SEGMENT_LOAD = 1;
const SYMBOL_BYTES = 24;
const CHUNK_BYTES = 1024 * 1024;
const MAX_SECTIONS = 4096;
const MAX_SEGMENTS = 512;

/** Parses the headers; undefined when this is no ELF64 file of this byte order, or a broken one. */
export async function parseElf(source: ByteSource): Promise<ElfFile | undefined> {
  const header = await source.read(0, 64);
  if (header.length < 64 || header.readUInt32BE(0) !== 0x7f454c46) return undefined;
  if (header[4] !== 2 || header[5] !== 1) return undefined;
  const type = header.readUInt16LE(16);
  if (type !== 2 && type !== 3) return undefined;
  const segments = await readSegments(source, header);
  const sections = await readSections(source, header);
  return segments && sections ? { relocatable: type === 3, sections, segments } : undefined;
}

async function readSegments(source: ByteSource, header: Buffer): Promise<ElfSegment[] | undefined> {
  const table = await readTable(
    source,
    offsetAt(header, 32),
    header.readUInt16LE(54),
    header.readUInt16LE(56),
    {
      entry: 56,
      count: MAX_SEGMENTS,
    },
  );
  return table?.map((row) => ({
    type: row.readUInt32LE(0),
    writable: (row.readUInt32LE(4) & 2) !== 0,
    offset: offsetAt(row, 8),
    address: offsetAt(row, 16),
    fileSize: offsetAt(row, 32),
    memorySize: offsetAt(row, 40),
  }));
}

async function readSections(source: ByteSource, header: Buffer): Promise<ElfSection[] | undefined> {
  const start = offsetAt(header, 40);
  const count = header.readUInt16LE(60);
  // A file may do without section headers; then it has no symbols that we could find.
  if (start === 0 || count === 0) return [];
  const table = await readTable(source, start, header.readUInt16LE(58), count, {
    entry: 64,
    count: MAX_SECTIONS,
  });
  if (!table) return undefined;
  const names = table[header.readUInt16LE(62)];
  const text = names
    ? await source.read(offsetAt(names, 24), Math.min(offsetAt(names, 32), CHUNK_BYTES))
    : undefined;
  return table.map((row) => ({
    name: text ? stringAt(text, row.readUInt32LE(0)) : '',
    type: row.readUInt32LE(4),
    address: offsetAt(row, 16),
    offset: offsetAt(row, 24),
    size: offsetAt(row, 32),
    link: row.readUInt32LE(40),
  }));
}

async function readTable(
  source: ByteSource,
  start: number,
  entrySize: number,
  count: number,
  bounds: { entry: number; count: number },
): Promise<Buffer[] | undefined> {
  if (entrySize < bounds.entry || entrySize > 1024 || count > bounds.count) return undefined;
  const bytes = await source.read(start, entrySize * count);
  if (bytes.length < entrySize * count) return undefined;
  return Array.from({ length: count }, (_, at) => bytes.subarray(at * entrySize, (at + 1) * entrySize));
}

/** A 64-bit offset or address; what does not fit a double exactly is no address of ours and reads as beyond any file. */
function offsetAt(bytes: Buffer, at: number): number {
  const value = bytes.readBigUInt64LE(at);
  return value > BigInt(Number.MAX_SAFE_INTEGER) ? Number.MAX_SAFE_INTEGER : Number(value);
}

function stringAt(bytes: Buffer, at: number): string {
  if (at >= bytes.length) return '';
  const end = bytes.indexOf(0, at);
  return bytes.toString('latin1', at, end < 0 ? bytes.length : end);
}

/**
 * Finds the first data or function symbol that begins with `prefix` and whose whole name `accept` takes; .symtab
 * before .dynsym. Only the string table and, on a hit, the symbol table are read, in chunks: comparing a hundred
 * thousand names one by one costs ten times as much.
 */
export async function findSymbol(
  source: ByteSource,
  elf: ElfFile,
  prefix: string,
  accept: (name: string) => boolean,
): Promise<ElfSymbol | undefined> {
  for (const type of [SECTION_SYMTAB, SECTION_DYNSYM]) {
    // A sound file has one of each; a broken one may claim thousands, which would be read for minutes.
    const symbols = elf.sections.find((section) => section.type === type);
    const strings = symbols && elf.sections[symbols.link];
    if (!strings || symbols.size + strings.size > SYMBOL_TABLE_BYTES.value) continue;
    const names = await findStrings(source, strings, prefix, accept);
    const symbol = names.size > 0 ? await symbolNamed(source, symbols, names) : undefined;
    if (symbol) return symbol;
  }
  return undefined;
}

/** Offsets in a string table at which an accepted name begins. A table may share tails, so any position counts. */
async function findStrings(
  source: ByteSource,
  strings: ElfSection,
  prefix: string,
  accept: (name: string) => boolean,
): Promise<Map<number, string>> {
  const found = new Map<number, string>();
  const overlap = 256;
  await eachChunk(source, strings.offset, strings.size, overlap, (bytes, at) => {
    for (
      let hit = bytes.indexOf(prefix, 0, 'latin1');
      hit >= 0;
      hit = bytes.indexOf(prefix, hit + 1, 'latin1')
    ) {
      const end = bytes.indexOf(0, hit);
      if (end < 0 || end - hit > overlap) continue;
      const name = bytes.toString('latin1', hit, end);
      if (accept(name)) found.set(at + hit, name);
    }
    return true;
  });
  return found;
}

async function symbolNamed(
  source: ByteSource,
  symbols: ElfSection,
  names: ReadonlyMap<number, string>,
): Promise<ElfSymbol | undefined> {
  let result: ElfSymbol | undefined;
  await eachChunk(source, symbols.offset, symbols.size, 0, (bytes) => {
    for (let at = 0; at + SYMBOL_BYTES <= bytes.length; at += SYMBOL_BYTES) {
      const name = names.get(bytes.readUInt32LE(at));
      // Section 0 is "undefined": an import, whose address is elsewhere.
      if (name === undefined || bytes.readUInt16LE(at + 6) === 0) continue;
      result = { name, address: offsetAt(bytes, at + 8), size: offsetAt(bytes, at + 16) };
      return false;
    }
    return true;
  });
  return result;
}

/** Calls `visit` with chunks of a range (each also holding the first `overlap` bytes of the next) until it says false. */
export async function eachChunk(
  source: ByteSource,
  offset: number,
  size: number,
  overlap: number,
  visit: (bytes: Buffer, at: number) => boolean,
): Promise<void> {
  // A multiple of the size of a symbol, so that none lies across a border.
  const step = CHUNK_BYTES - (CHUNK_BYTES % SYMBOL_BYTES);
  for (let at = 0; at < size; at += step) {
    const wanted = Math.min(step + overlap, size - at);
    const bytes = await source.read(offset + at, wanted);
    if (bytes.length === 0 || !visit(bytes, at) || bytes.length < wanted) return;
  }
}

/** True when one of `texts` occurs in the range. */
export async function rangeHolds(
  source: ByteSource,
  range: { offset: number; size: number },
  texts: readonly string[],
): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  await eachChunk(source, range.offset, range.size, 256, (bytes) => {
    for (const text of texts) {
      if (!found.has(text) && bytes.includes(text, 0, 'latin1')) found.add(text);
    }
    return found.size < texts.length;
  });
  return found;
}

/** The bytes of the file at an address, through the loaded segments; undefined where none are in the file. */
export async function readAtAddress(
  source: ByteSource,
  elf: ElfFile,
  address: number,
  length: number,
): Promise<Buffer | undefined> {
  const segment = elf.segments.find(
    (each) =>
      each.type === SEGMENT_LOAD &&
      address >= each.address &&
      address + length <= each.address + each.fileSize,
  );
  if (!segment) return undefined;
  const bytes = await source.read(segment.offset + (address - segment.address), length);
  return bytes.length === length ? bytes : undefined;
}

/** A section with bytes in the file, by name. */
export function sectionNamed(elf: ElfFile, name: string): ElfSection | undefined {
  return elf.sections.find((section) => section.name === name && section.type !== SECTION_NOBITS);
}
