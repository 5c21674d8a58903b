import { type CommandArguments, CommandFailure, type OptionSpec } from '../command.js';
import { retransformLifetime } from './limits.js';

const JVM = 'Of the JVM alone; refused';
const USAGE = -10;

export const OPTIONS: readonly OptionSpec[] = [
  { short: 'l', long: 'list', kind: 'flag', summary: 'List what is replaced' },
  { short: 'd', long: 'delete', kind: 'integer', min: 1, summary: 'Put the function of this id back' },
  { long: 'deleteAll', kind: 'flag', summary: 'Put all of them back' },
  {
    long: 'classPattern',
    kind: 'string',
    summary: 'Only functions of these modules or classes: of a file, of the list, of --deleteAll',
  },
  {
    long: 'source',
    kind: 'string',
    summary: 'The new source: of the function that is named, or of the whole module',
  },
  { long: 'base64', kind: 'flag', summary: 'What --source says is base64 (of UTF-8)' },
  {
    long: 'file',
    kind: 'string',
    summary: 'A file that has the new source, as the process sees it',
  },
  {
    long: 'lang',
    kind: 'string',
    choices: ['js', 'jsx', 'ts', 'tsx'],
    summary: 'What the new source is written in; by default what the module was written in',
  },
  {
    long: 'lifetime',
    kind: 'integer',
    min: 1,
    max: 86_400,
    summary: 'Seconds after which it is put back by itself; the limit `retransform-lifetime` without it',
  },
  {
    long: 'wait',
    kind: 'integer',
    default: 5,
    min: 0,
    max: 3600,
    summary: 'Seconds to wait until the next call has put it in force',
  },
  {
    long: 'limit',
    kind: 'integer',
    default: 50,
    min: 1,
    max: 256,
    summary: 'Refuse when more functions are others',
  },
  {
    long: 'force',
    kind: 'flag',
    summary:
      'Also a source that uses names which neither the module nor `globalThis` has, and in a script above the limits `breakpoint-script` and `breakpoint-total`, where compiling it holds the main thread for long',
  },
  { short: 'c', long: 'classloader', kind: 'string', summary: JVM },
  { long: 'classLoaderClass', kind: 'string', summary: JVM },
];

export type RetransformWish =
  | { readonly what: 'list'; readonly classPattern?: string | undefined }
  | { readonly what: 'delete'; readonly id: number }
  | { readonly what: 'deleteAll'; readonly classPattern?: string | undefined }
  | ReplaceWish;

export interface ReplaceWish {
  readonly what: 'replace';
  /** One function, or (without `name`) what is other in a module. */
  readonly modules: readonly string[];
  readonly name: string | undefined;
  readonly source: { readonly text: string } | { readonly file: string } | undefined;
  readonly language: 'js' | 'jsx' | 'ts' | 'tsx' | undefined;
  readonly lifetimeMs: number;
  readonly waitMs: number;
  readonly most: number;
  readonly force: boolean;
  readonly classPattern?: string | undefined;
}

const FILE = /\/|\.[cm]?[jt]sx?$/;

/** @throws CommandFailure for what cannot be meant */
export function wishOf({ options, positional }: CommandArguments): RetransformWish {
  const text = (name: string): string | undefined => {
    const value = options[name];
    return value === undefined ? undefined : String(value);
  };
  if (options.classloader !== undefined || options.classLoaderClass !== undefined)
    throw new CommandFailure(
      "The options '-c' and '--classLoaderClass' are of the JVM alone: Node.js has no class loaders, a module is named by its path",
      USAGE,
    );
  const classPattern = text('classPattern');
  const source = sourceOf(text('source'), text('file'), options.base64 === true);
  const isDeleting = options.delete !== undefined || options.deleteAll === true;
  if ((options.list === true || isDeleting) && (positional.length > 0 || source))
    throw new CommandFailure('-l, -d and --deleteAll take no files and no source', USAGE);
  if (options.delete !== undefined) return { what: 'delete', id: Number(options.delete) };
  if (options.deleteAll === true) return { what: 'deleteAll', classPattern };
  if (options.list === true || (positional.length === 0 && !source)) return { what: 'list', classPattern };
  if (positional.length === 0)
    throw new CommandFailure(
      'Name what is to be replaced: retransform MODULE [FUNCTION] --source TEXT',
      USAGE,
    );
  return {
    ...whatOf(positional, source),
    ...(classPattern === undefined ? {} : { classPattern }),
    ...rest(),
  };

  function rest(): Pick<ReplaceWish, 'language' | 'lifetimeMs' | 'waitMs' | 'most' | 'force'> {
    return {
      language: text('lang') as ReplaceWish['language'],
      lifetimeMs: Number(options.lifetime ?? retransformLifetime.value) * 1000,
      waitMs: Number(options.wait) * 1000,
      most: Number(options.limit),
      force: options.force === true,
    };
  }
}

function whatOf(
  positional: readonly string[],
  source: ReplaceWish['source'],
): Pick<ReplaceWish, 'what' | 'modules' | 'name' | 'source'> {
  const [module = '', name] = positional;
  if (source) {
    if (positional.length > 2)
      throw new CommandFailure('With --source or --file there is one module and one function', USAGE);
    return { what: 'replace', modules: [module], name, source };
  }
  const odd = positional.find((each) => !FILE.test(each));
  if (odd !== undefined)
    throw new CommandFailure(
      `'${odd}' is no file. Give the new source of a function by --source TEXT (or --base64 --source TEXT, or --file PATH); without them every word is a file of the process`,
      USAGE,
    );
  return { what: 'replace', modules: positional, name: undefined, source: undefined };
}

function sourceOf(
  text: string | undefined,
  file: string | undefined,
  isBase64: boolean,
): ReplaceWish['source'] {
  if (text !== undefined && file !== undefined)
    throw new CommandFailure('--source and --file are two ways to give one thing: use one of them', USAGE);
  if (file !== undefined) return { file };
  if (text === undefined) {
    if (isBase64) throw new CommandFailure('--base64 says how --source is written, which is missing', USAGE);
    return undefined;
  }
  if (!isBase64) return { text };
  const packed = text.replace(/\s/g, '');
  if (packed.length % 4 === 1 || !/^[A-Za-z0-9+/_-]*={0,2}$/.test(packed))
    throw new CommandFailure('What --source says is no base64', USAGE);
  return { text: Buffer.from(packed, 'base64').toString('utf8') };
}
