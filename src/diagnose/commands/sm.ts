import { didYouMean, type FoundFunction, findFunctions, observable } from '../../target/index.js';
import { type Command, CommandFailure } from '../command.js';
import { loaderOptions, refuseLoaders } from '../loaderOptions.js';
import { moduleRef } from '../scripts/classInfo.js';
import { openScripts } from '../scripts/openScripts.js';

export const sm: Command = {
  name: 'sm',
  summary: 'Search the functions and methods of loaded modules',
  description:
    'Names are those that watch, trace and the others take: `checkout`, `Cart.total` (methods, accessors, statics), ' +
    '`Cart#save` (private members, and fields that hold a function), `handlers.list`, `<anonymous>@cart.ts:12`. ' +
    'Where a source map tells, names and lines are those of the source it was written in. In brackets stands the ' +
    'instrument that would most likely reach the function; nothing is installed to find out.',
  examples: [
    { line: 'sm *cart*', shows: 'every function of the modules with "cart" in their name' },
    {
      line: 'sm -d pricing.ts *Co*',
      shows: 'parameters, kind, file and line of functions with "Co" in their name',
    },
    { line: 'sm *:Cart', shows: 'the methods of the class Cart' },
  ],
  options: [
    {
      short: 'd',
      long: 'details',
      kind: 'flag',
      summary: 'Modifiers, parameters, the file and the place in it',
    },
    {
      short: 'E',
      long: 'regex',
      kind: 'flag',
      summary: 'Both patterns are regular expressions that fit the whole name',
    },
    { short: 'n', long: 'limits', kind: 'integer', default: 100, min: 1, summary: 'Most modules searched' },
    ...loaderOptions('classloader'),
  ],
  args: [
    {
      name: 'class-pattern',
      required: true,
      summary: 'Modules, a class of one by `module:Class`',
      completes: 'module',
    },
    { name: 'method-pattern', required: false, summary: 'Functions; all without it', completes: 'function' },
  ],
  needs: 'target',
  risk: 'observe',
  results: [
    {
      type: 'sm',
      fields: [
        {
          name: 'methodInfo',
          type: 'object',
          summary:
            'declaringClass (module), methodName, descriptor (parameters), constructor, line, file, instrument (by which it would be reached, `cannot` when by none); with -d also note (what to expect of that), kind, modifier, parameters[], within, generated {line,column}, classloader',
        },
        { name: 'detail', type: 'boolean', summary: 'With -d' },
      ],
    },
    { type: 'row_affect', fields: [{ name: 'rowCount', type: 'number', summary: 'Functions found' }] },
  ],
  cost: "That of `sc`: the debugger domain of V8 while it is used, each script's source once. Nothing is instrumented.",
  async *run(context) {
    refuseLoaders(context.args);
    const scripts = await openScripts(context);
    const { options, positional } = context.args;
    try {
      const [pattern = '', functionPattern] = positional;
      const query = { module: pattern, name: functionPattern, regex: scripts.options.regex };
      const {
        functions,
        scripts: within,
        others,
      } = await findFunctions(scripts.search, query, {
        ...scripts.options,
        onScripts(modules) {
          if (modules.length <= Number(options.limits)) return;
          throw new CommandFailure(
            `The number of matched classes is ${modules.length}, greater than the limit value ${String(options.limits)}. Try to change the limit with option '-n <arg>'.`,
          );
        },
      });
      yield* scripts.notices();
      for (const each of functions) {
        const detail = options.details === true;
        const more = detail
          ? { ...details(each), ...(await moduleRef(scripts.target, each.script)), name: undefined }
          : {};
        yield { type: 'sm', methodInfo: { ...brief(each), ...more }, detail };
      }
      if (functions.length === 0 && !query.regex) {
        const message =
          within.length === 0
            ? `no loaded module or class is named ${pattern}${scripts.near(pattern)}`
            : `${pattern} has no function ${functionPattern}${didYouMean(functionPattern ?? '', others)}`;
        if (message.endsWith('?')) yield { type: 'message', message };
      }
      yield { type: 'row_affect', rowCount: functions.length };
    } finally {
      scripts.release();
    }
  },
  render(result, style) {
    if (result.type === 'row_affect') return style.dim(`Affect(row-cnt:${String(result.rowCount)})`);
    const info = result.methodInfo as Record<string, string>;
    const head = `${info.declaringClass} ${style.bold(String(info.methodName))}${info.descriptor}`;
    const place = style.dim(`${info.file}:${info.line}`);
    const instrument = style.dim(`[${info.instrument}]`);
    if (result.detail !== true) return `${head}  ${place}  ${instrument}`;
    const words =
      [info.modifier, info.within && `inside ${info.within}`].filter(Boolean).join(', ') || info.kind;
    const reach = info.instrument === 'cannot' ? 'cannot be observed' : `observed by ${info.instrument}`;
    return `${head}\n  ${words}  ${place}\n  ${reach}${info.note ? `: ${info.note}` : ''}`;
  },
};

function brief(found: FoundFunction): object {
  const { script, name, info, line, original } = found;
  return {
    declaringClass: script.name,
    methodName: name,
    descriptor: `(${info.params.join(', ')})`,
    constructor: info.kind === 'constructor',
    file: original || script.path || script.url,
    line,
    instrument: observable(found).instrument,
  };
}

function details(found: FoundFunction): object {
  const { info } = found;
  const words = [
    info.exported && info.className === '' && 'export',
    info.isPrivate && 'private',
    info.isStatic && 'static',
    info.isAsync && 'async',
    info.isGenerator && 'generator',
  ];
  return {
    kind: info.kind,
    modifier: words.filter(Boolean).join(','),
    annotations: [],
    parameters: info.params,
    exceptions: [],
    within: info.within || undefined,
    generated: info.start,
    note: observable(found).note,
  };
}
