import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  type ByteSource,
  type ElfFile,
  findSymbol,
  parseElf,
  readAtAddress,
  sectionNamed,
} from '../../../src/target/find/elf.js';
import { withFile } from '../../../src/target/find/fileSource.js';
import { loadBias } from '../../../src/target/find/libuv.js';
import { processMaps } from '../../../src/target/find/maps.js';
import { ProcessMemory } from '../../../src/target/find/memory.js';
import { nodeBinary } from '../../support/nodes.js';
import { majors, start } from './process.js';

interface Counted extends ByteSource {
  bytes: number;
}

function bufferSource(file: Buffer): Counted {
  return {
    bytes: 0,
    async read(offset, length) {
      this.bytes += Math.max(0, Math.min(length, file.length - offset));
      return Number.isSafeInteger(offset + length) ? file.subarray(offset, offset + length) : Buffer.alloc(0);
    },
  };
}

/** The smallest file with everything in it: one segment, constants, symbols and their names. */
function smallElf(symbols: readonly string[]): Buffer {
  const names = Buffer.from(`\0${symbols.join('\0')}\0`);
  const sectionNames = Buffer.from('\0.rodata\0.symtab\0.strtab\0.shstrtab\0');
  const table = Buffer.alloc(24 * (symbols.length + 1));
  let nameAt = 1;
  for (const [index, name] of symbols.entries()) {
    const at = 24 * (index + 1);
    table.writeUInt32LE(nameAt, at);
    table.writeUInt16LE(1, at + 6);
    table.writeBigUInt64LE(0x400000n + BigInt(index), at + 8);
    table.writeBigUInt64LE(8n, at + 16);
    nameAt += name.length + 1;
  }
  const constants = Buffer.from('node.js/v1.2.3\0');
  const bodies = [Buffer.alloc(0), constants, table, names, sectionNames];
  const header = Buffer.alloc(64);
  header.write('\x7fELF', 'latin1');
  header.set([2, 1, 1], 4);
  header.writeUInt16LE(2, 16);
  header.writeBigUInt64LE(64n, 32);
  header.writeUInt16LE(56, 54);
  header.writeUInt16LE(1, 56);
  header.writeUInt16LE(64, 58);
  header.writeUInt16LE(bodies.length, 60);
  header.writeUInt16LE(4, 62);
  let offset = 64 + 56;
  const sections = Buffer.alloc(64 * bodies.length);
  for (const [index, [name, type]] of (
    [
      [0, 0],
      [1, 1],
      [9, 2],
      [17, 3],
      [25, 3],
    ] as const
  ).entries()) {
    const at = 64 * index;
    sections.writeUInt32LE(name, at);
    sections.writeUInt32LE(type, at + 4);
    sections.writeBigUInt64LE(BigInt(offset), at + 24);
    sections.writeBigUInt64LE(BigInt(bodies[index]?.length ?? 0), at + 32);
    sections.writeUInt32LE(type === 2 ? 3 : 0, at + 40);
    offset += bodies[index]?.length ?? 0;
  }
  header.writeBigUInt64LE(BigInt(offset), 40);
  const segment = Buffer.alloc(56);
  segment.writeUInt32LE(1, 0);
  segment.writeBigUInt64LE(0x400000n, 16);
  segment.writeBigUInt64LE(BigInt(offset), 32);
  segment.writeBigUInt64LE(BigInt(offset), 40);
  return Buffer.concat([header, segment, ...bodies, sections]);
}

const FILE = smallElf(['main', 'uv__signal_tree_insert', 'uv__signal_tree.0', 'tail']);
const accept = (name: string) => /^uv__signal_tree(\.\d+)?$/.test(name);

test('a symbol, a section and bytes at an address', async () => {
  const source = bufferSource(FILE);
  const elf = await parseElf(source);
  assert.ok(elf);
  assert.deepEqual(await findSymbol(source, elf, 'uv__signal_tree', accept), {
    name: 'uv__signal_tree.0',
    address: 0x400002,
    size: 8,
  });
  assert.equal(await findSymbol(source, elf, 'absent', () => true), undefined);
  const constants = sectionNamed(elf, '.rodata');
  assert.ok(constants);
  const bytes = await readAtAddress(source, elf, 0x400000 + constants.offset, 14);
  assert.equal(bytes?.toString(), 'node.js/v1.2.3');
  assert.equal(await readAtAddress(source, elf, 0x500000, 4), undefined);
});

test('names may share their tails with longer ones', async () => {
  const file = smallElf(['xuv__signal_tree']);
  // The one symbol now begins inside the other name, as linkers that merge strings write it.
  const symbols = 64 + 56 + 'node.js/v1.2.3\0'.length;
  file.writeUInt32LE(2, symbols + 24);
  const source = bufferSource(file);
  const elf = await parseElf(source);
  assert.ok(elf);
  assert.equal((await findSymbol(source, elf, 'uv__signal_tree', accept))?.name, 'uv__signal_tree');
});

async function everything(file: Buffer): Promise<number> {
  const source = bufferSource(file);
  const elf = await parseElf(source);
  if (elf) {
    await findSymbol(source, elf, 'uv__signal_tree', accept);
    sectionNamed(elf, '.rodata');
    await readAtAddress(source, elf, 0x400000, 16);
    loadBias(elf.segments, [], 1);
  }
  return source.bytes;
}

test('truncated and mutated files: no exception, and no more read than a few times the file', async () => {
  const change = fc.tuple(fc.nat({ max: FILE.length - 1 }), fc.integer({ min: 0, max: 255 }));
  await fc.assert(
    fc.asyncProperty(
      fc.array(change, { maxLength: 12 }),
      fc.nat({ max: FILE.length }),
      fc.boolean(),
      async (changes, length, cut) => {
        const file = Buffer.from(FILE);
        for (const [at, value] of changes) file[at] = value;
        const bytes = await everything(cut ? file.subarray(0, length) : file);
        assert.ok(bytes <= 8 * FILE.length + 16, `${bytes} bytes read`);
      },
    ),
    { numRuns: 2000 },
  );
});

test('any header at all', async () => {
  const header = fc.uint8Array({ minLength: 64, maxLength: 400 });
  await fc.assert(
    fc.asyncProperty(header, async (bytes) => {
      const file = Buffer.from(bytes);
      FILE.copy(file, 0, 0, 20);
      await everything(file);
    }),
    { numRuns: 2000 },
  );
});

test('thousands of symbol tables are not all read', async () => {
  const file = smallElf(['a']);
  const sections = Number(file.readBigUInt64LE(40));
  const many = Buffer.concat([
    file.subarray(0, sections),
    ...Array(4000).fill(file.subarray(sections + 128, sections + 192)),
  ]);
  many.writeUInt16LE(4000, 60);
  assert.ok((await everything(many)) < 2 * many.length);
});

test('a position-independent program: its addresses in the file and in memory agree', async (t) => {
  const { pid } = await start(t, ['sh', '-c', 'echo ready; sleep 20; true']);
  await withFile(`/proc/${pid}/exe`, async ({ source, inode }) => {
    const elf = await parseElf(source);
    assert.ok(elf);
    if (!elf.relocatable) return t.skip('sh is not position-independent here');
    const bias = loadBias(elf.segments, processMaps(pid), inode);
    const constants = sectionNamed(elf, '.rodata');
    assert.ok(bias !== undefined && constants);
    const inFile = await readAtAddress(source, elf, constants.address, 256);
    const memory = ProcessMemory.open(pid);
    t.after(() => memory.close());
    assert.deepEqual(memory.read(constants.address + bias, 256), inFile);
    assert.equal(memory.read(8, 8), undefined);
  });
});

for (const major of majors) {
  test(`Node ${major}: the tree's symbol is there and little is read`, async () => {
    await withFile(nodeBinary(major), async (file) => {
      let bytes = 0;
      const source: ByteSource = {
        async read(offset, length) {
          bytes += length;
          return await file.source.read(offset, length);
        },
      };
      const elf: ElfFile | undefined = await parseElf(source);
      assert.ok(elf);
      const symbol = await findSymbol(source, elf, 'uv__signal_tree', accept);
      assert.equal(symbol?.size, 8);
      assert.ok(bytes < 32 * 1024 * 1024, `${bytes} bytes read`);
    });
  });
}
