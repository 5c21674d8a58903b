import { type Command, CommandFailure } from '../command.js';
import { analyzeHeap } from '../instances/analyzeHeap.js';
import { analyzeReferences } from '../instances/analyzeReferences.js';
import { forceGc } from '../instances/forceGc.js';
import { getInstances } from '../instances/getInstances.js';
import { loaderOptions, refuseLoaders } from '../loaderOptions.js';

const ACTIONS = [
  'getInstances',
  'forceGc',
  'heapAnalyze',
  'referenceAnalyze',
  'interruptThread',
  'mallocTrim',
  'mallocStats',
];

/** What Node.js has nothing for; docs/compat.md has the same. */
const NOT_APPLICABLE: Readonly<Record<string, string>> = {
  interruptThread:
    "JavaScript has no thread that could be interrupted: to end a loop would end the process's main thread. 'thread -b' shows what blocks it",
  mallocTrim:
    "glibc's malloc_trim cannot be called from JavaScript. 'vmtool -a forceGc' gives back what V8 holds",
  mallocStats:
    "glibc's malloc_stats cannot be called from JavaScript. 'memory' shows what V8 and the system know",
};

export const vmtool: Command = {
  name: 'vmtool',
  summary: 'Find instances of a class, collect garbage, analyze heap and references',
  description:
    'getInstances: objects of a class (`Cart`, `cart.js:Cart`, `Map`, `net:Socket`) and of classes that extend it; the expression is JavaScript over the array `instances`. forceGc: a full collection. heapAnalyze: instances and bytes by class, and the largest objects. referenceAnalyze: which chains of references hold the instances of a class. Each of them stops the main thread: how long is said before, and measured. Above a limit (heap-search-bytes, heap-analyze-bytes) they refuse unless --force. Nothing is kept alive in the process when the answer has been given.',
  examples: [
    {
      line: 'vmtool -a getInstances --className Session -l 2',
      shows: 'two instances of the class Session',
    },
    {
      line: "vmtool -a getInstances --className Map --express 'instances[0].size'",
      shows: 'an expression over them',
    },
    { line: 'vmtool -a forceGc', shows: 'the heap before and after a full collection' },
    {
      line: 'vmtool -a heapAnalyze --classNum 10 --objectNum 5',
      shows: 'the ten classes with most bytes, the five largest objects',
    },
    {
      line: 'vmtool -a referenceAnalyze --className Session --objectNum 2',
      shows: 'what holds the instances of Session',
    },
  ],
  options: [
    { short: 'a', long: 'action', kind: 'string', required: true, choices: ACTIONS, summary: 'What to do' },
    { long: 'className', kind: 'string', summary: 'A class, for getInstances and referenceAnalyze' },
    {
      short: 'x',
      long: 'expand',
      kind: 'integer',
      default: 1,
      min: 0,
      max: 4,
      summary: 'How deep values are opened',
    },
    {
      short: 'l',
      long: 'limit',
      kind: 'integer',
      default: 10,
      min: -1,
      summary: 'Instances taken; -1 = all, 10,000 at most',
    },
    { long: 'express', kind: 'string', summary: 'JavaScript over the array `instances`' },
    {
      long: 'classNum',
      kind: 'integer',
      default: 20,
      min: 0,
      max: 1000,
      summary: 'heapAnalyze: classes shown',
    },
    {
      long: 'objectNum',
      kind: 'integer',
      default: 20,
      min: 0,
      max: 1000,
      summary: 'heapAnalyze: objects shown; referenceAnalyze: chains shown',
    },
    {
      long: 'backtraceNum',
      kind: 'integer',
      default: 2,
      min: -1,
      max: 100,
      summary: 'referenceAnalyze: references a chain is followed up; -1 = to the root',
    },
    {
      short: 't',
      long: 'threadId',
      kind: 'integer',
      summary: 'For interruptThread, which Node.js does not have',
    },
    ...loaderOptions('classloader'),
    { long: 'libPath', kind: 'string', summary: 'Not needed here' },
    { long: 'force', kind: 'flag', summary: 'Do it above the limits, too' },
  ],
  args: [],
  needs: 'target',
  risk: 'observe',
  results: [
    {
      type: 'vmtool',
      fields: [
        { name: 'value', type: 'string', summary: 'The answer as text' },
        { name: 'json', type: 'JSON?', summary: 'getInstances: the same as data' },
        {
          name: 'className, instanceCount',
          type: 'string?, int?',
          summary: 'getInstances, referenceAnalyze',
        },
        { name: 'stallMs', type: 'int', summary: 'For how long the main thread stood still' },
        { name: 'heapBefore, heapAfter, freed', type: 'int?', summary: 'forceGc: bytes' },
        {
          name: 'classNumber, objectNumber, classes, objects',
          type: 'int?, int?, {id,instances,bytes,className}[]?, {id,bytes,className,object}[]?',
          summary: 'heapAnalyze: most bytes first',
        },
        {
          name: 'chains',
          type: '{instances,bytes,chain:string[]}[]?',
          summary: 'referenceAnalyze: most instances first',
        },
      ],
    },
  ],
  cost: 'Measured with 600,000 objects in 55 MB of heap on Node 20 to 26: forceGc stops the main thread for 0.1 s, getInstances for 0.5 to 1.4 s (and takes 2.6 bytes of memory for a byte of heap meanwhile), heapAnalyze and referenceAnalyze for 2.2 to 6.9 s (14 bytes).',
  async *run(context) {
    const { action, className } = context.args.options as Record<string, string | undefined>;
    const why = NOT_APPLICABLE[action ?? ''];
    if (why) throw new CommandFailure(`${action} is not applicable to Node.js: ${why}`);
    refuseLoaders(context.args);
    if (action === 'forceGc') return yield* forceGc(context);
    if (action === 'heapAnalyze') return yield* analyzeHeap(context);
    if (!className) throw new CommandFailure('The className option cannot be empty!');
    if (action === 'referenceAnalyze') return yield* analyzeReferences(context, className);
    return yield* getInstances(context, className);
  },
  render: ({ value }) => String(value),
};
