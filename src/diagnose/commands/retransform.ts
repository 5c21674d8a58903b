import { matcher } from '../../target/index.js';
import { type Command, type CommandArguments, CommandFailure, type Result } from '../command.js';
import { instrumentsFor } from '../observe/instruments.js';
import { type Column, renderTable } from '../render/index.js';
import { namesOf, replace } from '../retransform/replace.js';
import { type Replaced, replacedIn } from '../retransform/replaced.js';
import { OPTIONS, wishOf } from '../retransform/wish.js';

/** Of a longer source `bytes` has the beginning; `length` has the whole. */
const MOST_BYTES = 16_384;

const COLUMNS: readonly Column[] = [
  { title: 'ID', align: 'right', min: 2 },
  { title: 'FUNCTION', min: 16 },
  { title: 'STATE', min: 8 },
  { title: 'WRAPPERS', align: 'right' },
  { title: 'SINCE' },
  { title: 'EXPIRES IN', align: 'right' },
  { title: 'WHO' },
];

export const retransform: Command = {
  name: 'retransform',
  summary: 'Replace functions of the running process by a new source',
  description:
    'One function by its name and `--source`, or every function of a module that is another one in a new version of its ' +
    'file: `retransform src/cart.ts` reads the file as the process sees it, compares it with what runs, and replaces what is ' +
    'different. TypeScript is taken as it is, names of a bundle are found by its source map. The new source is compiled in ' +
    "the function's own scope, at its next call, so that it sees the same variables, imports and private names; from the " +
    'call after that on it is what runs, for all who hold the function. Checked before anything is touched: that it ' +
    'parses, that it is the same kind of function, that every name it uses can be had. Classes, constructors, private ' +
    'methods and code outside of functions cannot be replaced, which is said. Calls that have begun end as they began. ' +
    'Put back by `-d ID`, `--deleteAll`, `reset`, after its lifetime, and when the agent ends, even by `kill -9`; the ' +
    'process stays attached as long. An agent that serves a single `remora exec` ends with it, and so does what was ' +
    'replaced: that takes a prompt (`remora attach`), or an agent that runs.',
  examples: [
    {
      line: "retransform pricing.ts taxOf --source '(cents) => Math.ceil(cents * 0.19)'",
      shows: 'one function by a new source: its id, and when it is in force',
    },
    { line: 'retransform -l', shows: 'what is replaced, since when, until when, by whom' },
    { line: 'retransform --deleteAll', shows: 'puts all back; `-d ID` one of them' },
  ],
  options: OPTIONS,
  args: [
    {
      name: 'files',
      required: false,
      multiple: true,
      summary:
        'Files of the process, each the new version of a module that runs; with --source or --file: the module, and the function to be replaced',
      completes: 'module',
    },
  ],
  needs: 'target',
  risk: 'change',
  riskOf: (args) => (isList(args) ? 'observe' : 'change'),
  results: [
    {
      type: 'retransform',
      fields: [
        { name: 'retransformCount', type: 'int', summary: 'Functions that were replaced' },
        { name: 'retransformClasses', type: 'string[]?', summary: 'Their modules, or `module:Class`' },
        { name: 'ids', type: 'int[]?', summary: 'Their ids, for -d' },
        { name: 'functions', type: '{id,className,methodName,state,expires}[]?', summary: 'Each of them' },
        {
          name: 'retransformEntries',
          type: '{id,className,methodName,transformCount,bytes,length,state,since,expires,expiresIn,who}[]?',
          summary:
            'With -l: `transformCount` wrappers run it, `bytes` are those of the source (of a long one the first 16384), `length` is how many there are, `expiresIn` seconds',
        },
      ],
    },
  ],
  cost: 'One breakpoint until the next call, about 0.1 ms; then a call has a few nanoseconds more, and each variable of the module that the new source reads some ten to hundred, since V8 looks it up by name.',
  async *run(context) {
    const wish = wishOf(context.args);
    if (wish.what === 'replace') return yield* replace(context, wish);
    const target = await context.target();
    const store = replacedIn(target, instrumentsFor(context.services, target));
    if (wish.what === 'delete') {
      if (await store.remove(wish.id)) return undefined;
      throw new CommandFailure(`There is no entry ${wish.id}${ofThose(store.all())}`);
    }
    const all = fitting(store.all(), wish.classPattern);
    if (wish.what === 'list') {
      yield { type: 'retransform', retransformCount: 0, retransformEntries: all.map(entryOf) };
      yield* told(store.over());
      return undefined;
    }
    let count = 0;
    for (const { id } of all) if (await store.remove(id)) count += 1;
    yield {
      type: 'message',
      message: `${count} ${count === 1 ? 'function was' : 'functions were'} put back`,
    };
    return undefined;
  },
  render(result, style, width) {
    const { retransformEntries, functions, retransformCount } = result as {
      retransformEntries?: readonly ReturnType<typeof entryOf>[];
      functions?: readonly { id: number; className: string; methodName: string }[];
      retransformCount?: number;
    };
    if (retransformEntries) {
      if (retransformEntries.length === 0) return 'Nothing is replaced.';
      const rows = retransformEntries.map((each) => [
        String(each.id),
        `${each.className} ${each.methodName}`,
        each.state,
        String(each.transformCount),
        String(each.since),
        `${each.expiresIn} s`,
        each.who,
      ]);
      return renderTable(COLUMNS, rows, style, width);
    }
    const names = (functions ?? []).map(
      ({ id, className, methodName }) => `${style.bold(String(id))}  ${className} ${methodName}`,
    );
    return [`retransform success, size: ${retransformCount ?? 0}`, ...names].join('\n');
  },
};

function isList({ options, positional }: CommandArguments): boolean {
  return (
    positional.length === 0 &&
    options.delete === undefined &&
    options.deleteAll !== true &&
    options.source === undefined &&
    options.file === undefined
  );
}

function fitting(all: readonly Replaced[], pattern: string | undefined): readonly Replaced[] {
  if (pattern === undefined) return all;
  const fit = matcher(pattern, false)(all.map(({ of }) => namesOf(of)));
  return all.filter((_, index) => fit[index]);
}

function entryOf({ id, of, source, since, expires, who, report, hook }: Replaced) {
  const bytes = Buffer.from(source);
  return {
    id,
    className: of.className,
    methodName: of.methodName,
    transformCount: report.filled,
    bytes: [...bytes.subarray(0, MOST_BYTES)],
    length: bytes.length,
    state: report.state === 'in-force' && hook()?.state === 'partial' ? 'partly in force' : report.state,
    since,
    expires,
    expiresIn: Math.max(0, Math.round((expires.getTime() - Date.now()) / 1000)),
    who,
  };
}

function* told(over: readonly { readonly replaced: Replaced; readonly at: number }[]): Generator<Result> {
  for (const { replaced, at } of over) {
    const { id, of, over: why } = replaced;
    const ago = Math.round((Date.now() - at) / 1000);
    yield {
      type: 'message',
      message: `${id} (${of.className} ${of.methodName}) was put back ${ago} s ago: ${why}`,
    };
  }
}

function ofThose(all: readonly Replaced[]): string {
  return all.length === 0 ? '; nothing is replaced' : `; there are ${all.map(({ id }) => id).join(', ')}`;
}
