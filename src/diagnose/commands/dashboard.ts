import type { RuntimeSample } from '../../target/index.js';
import type { Command, CommandEnd, Result } from '../command.js';
import { MEMORY_INFO_DOC, memoryInfo } from '../facts/memoryInfo.js';
import { ownThread } from '../facts/ownThread.js';
import { renderDashboard } from '../facts/renderDashboard.js';
import { pause } from '../pause.js';
import { RuntimeWatch } from '../runtimeWatch.js';
import { ThreadMeter } from '../threadRows.js';

/** How often Node looks at the event loop, at most: each look wakes an idle process. */
const LOOK_MS = 50;

export const dashboard: Command = {
  name: 'dashboard',
  summary: 'Show threads, memory, collections and the event loop, again and again',
  description:
    'The first result comes at once, with `cpu` 0 and no lag; each later one covers the interval. Collections are counted from the moment the dashboard began to watch. A main thread in native code does not answer: the threads are shown all the same. It ends one interval after the last result of `-n`.',
  examples: [
    { line: 'dashboard', shows: 'a result every five seconds until it is interrupted' },
    { line: 'dashboard -i 1000 -n 10', shows: 'ten results, one a second' },
  ],
  options: [
    {
      short: 'i',
      long: 'interval',
      kind: 'integer',
      default: 5000,
      min: 100,
      max: 86_400_000,
      summary: 'Milliseconds between two results',
    },
    {
      short: 'n',
      long: 'number-of-execution',
      kind: 'integer',
      min: 1,
      summary: 'How many results; without it no end',
    },
  ],
  args: [],
  needs: 'target',
  risk: 'read',
  results: [
    {
      type: 'dashboard',
      fields: [
        {
          name: 'threads',
          type: '{id,name,group,priority,state,cpu,deltaTime,time,interrupted,daemon}[]',
          summary:
            "Threads of the system, without our probe's: `cpu` percent of one core and `deltaTime` ms of the interval, `time` ms in all, `daemon` false for the main thread alone",
        },
        MEMORY_INFO_DOC,
        {
          name: 'gcInfos',
          type: '{name,collectionCount,collectionTime}[]',
          summary: 'Collections and their ms since this dashboard began to watch, not since the start',
        },
        {
          name: 'runtimeInfo',
          type: '{osName,osVersion,javaVersion,javaHome,systemLoadAverage,processors,uptime,timestamp,nodeVersion,v8Version}',
          summary:
            '`javaVersion` is the Node version, `javaHome` the executable, `uptime` s, `timestamp` ms since the epoch',
        },
        {
          name: 'eventLoop',
          type: '{answered,windowMs,utilization,lagP50Ms?,lagP99Ms?,lagMaxMs?}',
          summary:
            '`utilization` 0 to 1 and how late timers came, of the last `windowMs`; `answered` false: the main thread did not answer, and all but `threads` is of the last time it did',
        },
      ],
    },
  ],
  cost: 'Measured: 0.04 ms of the main thread per result (0.7 to 1.2 ms the first), about 20 us for each garbage collection, and 20 looks of Node itself at the event loop a second (no JavaScript; 0.1 to 0.2 % of one core in an idle process).',
  async *run(context) {
    const { args, signal, suspension, target } = context;
    const interval = Number(args.options.interval);
    const { numberOfExecution: times } = args.options;
    const held = await target();
    const meter = new ThreadMeter(held.process.pid, await ownThread(held));
    const watch = new RuntimeWatch(held, signal, Math.min(LOOK_MS, Math.floor(interval / 5)));
    const forget = suspension?.onSuspend(watch);
    try {
      for (let count = 1; !signal.aborted; count++) {
        const threads = meter.rows();
        const { sample, answered } = await watch.sample(interval);
        yield dashboardResult(threads, sample, answered);
        await pause(context, interval);
        if (count === times && !signal.aborted) return ended(count);
      }
    } finally {
      forget?.();
      await watch.rest();
    }
    return undefined;
  },
  render: renderDashboard,
};

function ended(times: number): CommandEnd {
  return { statusCode: 0, message: `Process ends after ${times} time(s).` };
}

function dashboardResult(threads: readonly object[], sample: RuntimeSample, answered: boolean): Result {
  const { host, loop } = sample;
  return {
    type: 'dashboard',
    threads,
    memoryInfo: memoryInfo(sample.memory),
    gcInfos: sample.gc.map(({ name, count, ms }) => ({
      name,
      collectionCount: count,
      collectionTime: Math.round(ms),
    })),
    runtimeInfo: {
      osName: host.osName,
      osVersion: host.osVersion,
      javaVersion: sample.nodeVersion,
      javaHome: sample.execPath,
      systemLoadAverage: host.loadAverage,
      processors: host.processors,
      uptime: Math.round(sample.uptimeS),
      timestamp: Date.now(),
      nodeVersion: sample.nodeVersion,
      v8Version: sample.v8Version,
    },
    eventLoop: {
      answered,
      windowMs: Math.round(loop.windowMs),
      utilization: Math.round(loop.utilization * 10_000) / 10_000,
      lagP50Ms: twoDigits(loop.lagP50Ms),
      lagP99Ms: twoDigits(loop.lagP99Ms),
      lagMaxMs: twoDigits(loop.lagMaxMs),
    },
  };
}

function twoDigits(value: number | undefined): number | undefined {
  return value === undefined ? undefined : Math.round(value * 100) / 100;
}
