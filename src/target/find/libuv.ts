/**
 * Where libuv keeps its signal watchers in a given process: in the executable itself, or in a shared libuv or libnode.
 */
import { Cache } from './cache.js';
import { type ElfSegment, findSymbol, parseElf, SEGMENT_LOAD } from './elf.js';
import { type OpenFile, withFile, withMapped } from './fileSource.js';
import { type Mapping, processMaps } from './maps.js';
import { hostUnits } from './proc.js';

export interface Libuv {
  /** Address in memory of the root of the tree; undefined in a stripped file. */
  readonly root?: number;
  /** Its zero-initialised data in memory, where the root must be. */
  readonly zeroed: { readonly address: number; readonly size: number };
  readonly maps: readonly Mapping[];
}

/** The same before loading. */
interface LibuvFile {
  readonly root?: number;
  readonly relocatable: boolean;
  readonly segments: readonly ElfSegment[];
}

const ROOT_NAME = 'uv__signal_tree';
/** Compilers tell statics of the same name apart by a suffix: `.0`, `.lto_priv.0`. */
const ROOT_PATTERN = /^uv__signal_tree(\.\d+|\.lto_priv\.\d+|\.llvm\.\d+)?$/;
/** Exported wherever libuv is, also by stripped files. */
const PRESENCE_NAME = 'uv_signal_start';
const LIBRARY = /\/lib(uv|node)\.so[.\d]*( \(deleted\))?$/;

const files = new Cache<Promise<LibuvFile | undefined>>();

/** Undefined when no file of the process defines libuv's functions. Rejects with the system's error. */
export async function libuvOf(pid: number): Promise<Libuv | undefined> {
  const own = await withFile(`/proc/${pid}/exe`, async (file) => ({
    file: await describedFile(file),
    inode: file.inode,
  }));
  const maps = processMaps(pid);
  if (own.file) return loaded(own.file, maps, own.inode);
  const tried = new Set<number>();
  for (const mapping of maps) {
    if (!LIBRARY.test(mapping.path) || tried.has(mapping.inode)) continue;
    tried.add(mapping.inode);
    const file = await withMapped(pid, mapping, describedFile);
    if (file) return loaded(file, maps, mapping.inode);
  }
  return undefined;
}

/** Cached by the file's identity: reading its tables is what costs. */
function describedFile(file: OpenFile): Promise<LibuvFile | undefined> {
  const known = files.get(file.key);
  if (known) return known;
  const found = describe(file);
  found.catch(() => files.delete(file.key));
  return files.set(file.key, found);
}

async function describe({ source }: OpenFile): Promise<LibuvFile | undefined> {
  const elf = await parseElf(source);
  if (!elf) return undefined;
  const { relocatable, segments } = elf;
  const root = await findSymbol(source, elf, ROOT_NAME, (name) => ROOT_PATTERN.test(name));
  if (root) return { root: root.address, relocatable, segments };
  const present = await findSymbol(source, elf, PRESENCE_NAME, (name) => name === PRESENCE_NAME);
  return present ? { relocatable, segments } : undefined;
}

function loaded(file: LibuvFile, maps: readonly Mapping[], inode: number): Libuv | undefined {
  const moved = file.relocatable ? loadBias(file.segments, maps, inode) : 0;
  const data = file.segments.find(
    (segment) => segment.type === SEGMENT_LOAD && segment.writable && segment.memorySize > segment.fileSize,
  );
  if (moved === undefined || !data) return undefined;
  return {
    ...(file.root === undefined ? {} : { root: file.root + moved }),
    zeroed: { address: data.address + data.fileSize + moved, size: data.memorySize - data.fileSize },
    maps,
  };
}

/** How far a relocatable file was moved: its first loaded segment says. Undefined when it is not mapped. */
export function loadBias(
  segments: readonly ElfSegment[],
  maps: readonly Mapping[],
  inode: number,
): number | undefined {
  const first = segments.find((segment) => segment.type === SEGMENT_LOAD);
  if (!first) return undefined;
  const intoPage = first.offset % hostUnits().pageBytes;
  const mapping = maps.find((each) => each.inode === inode && each.offset === first.offset - intoPage);
  return mapping && mapping.start - (first.address - intoPage);
}
