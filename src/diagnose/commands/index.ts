import type { Command } from '../command.js';
import { classloader } from './classloader.js';
import { dashboard } from './dashboard.js';
import { dump } from './dump.js';
import { echo } from './echo.js';
import { getstatic } from './getstatic.js';
import { grep } from './grep.js';
import { handles } from './handles.js';
import { heapdump } from './heapdump.js';
import { help } from './help.js';
import { history } from './history.js';
import { jad } from './jad.js';
import { jobs } from './jobs.js';
import { jvm } from './jvm.js';
import { kill } from './kill.js';
import { logger } from './logger.js';
import { loop } from './loop.js';
import { mbean } from './mbean.js';
import { memory } from './memory.js';
import { monitor } from './monitor.js';
import { ognl } from './ognl.js';
import { options } from './options.js';
import { perfcounter } from './perfcounter.js';
import { profiler } from './profiler.js';
import { ps } from './ps.js';
import { reset } from './reset.js';
import { sc } from './sc.js';
import { session } from './session.js';
import { sm } from './sm.js';
import { stack } from './stack.js';
import { stop } from './stop.js';
import { sysenv } from './sysenv.js';
import { sysprop } from './sysprop.js';
import { target } from './target.js';
import { thread } from './thread.js';
import { version } from './version.js';
import { vmoption } from './vmoption.js';
import { vmtool } from './vmtool.js';
import { watch } from './watch.js';

/** Every command, in the order `help` shows them. A new one is a file here and a line below. */
export const COMMANDS: readonly Command[] = [
  help,
  version,
  session,
  ps,
  target,
  dashboard,
  jvm,
  memory,
  sysenv,
  sysprop,
  vmoption,
  perfcounter,
  mbean,
  logger,
  thread,
  loop,
  handles,
  history,
  options,
  echo,
  jobs,
  kill,
  reset,
  stop,
  sc,
  sm,
  jad,
  dump,
  classloader,
  getstatic,
  ognl,
  vmtool,
  watch,
  monitor,
  stack,
  profiler,
  heapdump,
  grep,
];
