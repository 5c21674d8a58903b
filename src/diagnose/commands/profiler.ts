import type { Command } from '../command.js';
import { ACTIONS, asProfilerError } from '../profiler/actions.js';
import { profilerError } from '../profiler/errors.js';
import { PROFILER_OPTIONS } from '../profiler/options.js';

export const profiler: Command = {
  name: 'profiler',
  summary: 'Sample where CPU time, waiting or memory goes; draw flame graphs',
  description:
    "`start` begins and answers at once; `stop` ends it and writes a file, `dump` writes one while it goes on; `start -d 30` ends by itself. Files lie in the agent's output folder, below `/arthas-output/`. Functions have the names and lines of their TypeScript source wherever a source map is found. One profile at a time for a process: V8 has one profiler, and the second caller is told who has it. `wall` adds the time in which the main thread had nothing to do, by what was pending then (connections by their address, DNS, files, child processes, timers): it tells whom the process waited for. With `--await` it tells, too, which of its async functions waited, at which `await` and how long: a part of its own behind the other, `Awaited time` (in the flame graph the button Awaited, in collapsed stacks below `(awaited)`, in pprof the sample type `awaited`, in cpuprofile not at all): many wait at once, so it adds up to more than the time that went by; where one waits for another, the inner one has it. `heap` shows what of the memory allocated while it runs is in use at the end. With --wait Ctrl-C writes what was seen until then, and after Ctrl-Z nothing is sampled until `fg` (not of `heap`). Whatever ends the agent ends the profile.",
  examples: [
    { line: 'profiler start -d 4 --wait -f cpu.html', shows: 'four seconds of CPU time as a flame graph' },
    { line: 'profiler start -i 1ms -d 4 --wait -o flat=8', shows: 'the eight functions that cost most' },
    {
      line: 'profiler start -e wall --await -d 4 --wait -o tree --minwidth 3',
      shows: 'what it waits for, and which functions wait',
    },
    {
      line: 'profiler start -e heap -i 64k -d 4 --wait -o flat=5',
      shows: 'what holds the memory that came meanwhile',
    },
    { line: 'profiler status', shows: 'whether one runs, for how long, and who began it' },
  ],
  options: PROFILER_OPTIONS,
  args: [
    {
      name: 'action',
      required: true,
      summary: `${Object.keys(ACTIONS).join(', ')}`,
    },
    {
      name: 'actionArg',
      required: false,
      summary: 'Of `execute` its line, of dumpFlat and dumpTraces a number, of dumpCollapsed `total`',
    },
  ],
  needs: 'target',
  risk: 'observe',
  results: [
    {
      type: 'profiler',
      fields: [
        { name: 'action', type: 'string', summary: 'As it was given' },
        { name: 'actionArg', type: 'string?', summary: 'Its argument' },
        { name: 'format', type: 'string?', summary: 'Of the file or the text' },
        {
          name: 'executeResult',
          type: 'string',
          summary: 'What people read: texts of the profile, too, where the format is one',
        },
        { name: 'outputFile', type: 'string?', summary: "The file, on the agent's host" },
        { name: 'url', type: 'string?', summary: 'Where it is fetched, below any address of the agent' },
        { name: 'bytes, samples', type: 'int?', summary: 'Size of the file; samples in it' },
        { name: 'duration', type: 'number?', summary: 'Seconds' },
        { name: 'supportedActions', type: 'string[]?', summary: 'Of `actions`' },
        { name: 'running, event', type: 'boolean, string?', summary: 'Of `status`' },
      ],
    },
  ],
  cost: 'cpu at 100 samples a second: 1.027 times the CPU of a request of 54 us (1.021 to 1.035), of which the profiler of V8 itself takes 1.025; wall 1.040 times (1.019 to 1.075; `npm run bench -- profile-overhead`; aim 1.02); to start stops the main thread for 50 to 90 ms, each minute and the end for some ms more, and from Node.js 23 on V8 compiles what is hot anew. wall also looks at the open handles four times a second. --await: each await takes 0.03 to 0.2 us more while it lasts (1.13 times the CPU of a request of 62 us with 35 awaits), and one in so many (1000 a second at most, `profile-await-stacks`) some us for its stack; above 2 % of a core (`profile-await-budget`) the hooks are taken off and the profile says so; afterwards an await is as fast as in any process that a debugger was attached to: some ns slower than before, since V8 drops a shortcut for good. alloc and heap: one sample in 512 KB, about a tenth for a program that allocates without pause; their end, and each half minute of alloc, is a full garbage collection.',
  async *run(context) {
    const [action = ''] = context.args.positional;
    const run = Object.hasOwn(ACTIONS, action) ? ACTIONS[action] : undefined;
    if (!run)
      throw profilerError(
        `unknown action '${action.slice(0, 50)}': there are ${Object.keys(ACTIONS).join(', ')}`,
      );
    try {
      return yield* run({ context, action, args: context.args });
    } catch (error) {
      throw asProfilerError(error);
    }
  },
  render(result) {
    const { executeResult, supportedActions } = result as {
      executeResult?: string;
      supportedActions?: string[];
    };
    if (supportedActions) return `Supported Actions: ${supportedActions.join(' ')}`;
    return executeResult?.replace(/\n+$/, '');
  },
};
