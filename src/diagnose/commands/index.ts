import type { Command } from '../command.js';
import { auth } from './auth.js';
import { base64 } from './base64.js';
import { bg } from './bg.js';
import { cat } from './cat.js';
import { classloader } from './classloader.js';
import { cls } from './cls.js';
import { dashboard } from './dashboard.js';
import { dump } from './dump.js';
import { echo } from './echo.js';
import { fg } from './fg.js';
import { getstatic } from './getstatic.js';
import { grep } from './grep.js';
import { handles } from './handles.js';
import { heapdump } from './heapdump.js';
import { help } from './help.js';
import { history } from './history.js';
import { jad } from './jad.js';
import { jobs } from './jobs.js';
import { jvm } from './jvm.js';
import { keymap } from './keymap.js';
import { kill } from './kill.js';
import { line } from './line.js';
import { logger } from './logger.js';
import { loop } from './loop.js';
import { mbean } from './mbean.js';
import { mc } from './mc.js';
import { memory } from './memory.js';
import { monitor } from './monitor.js';
import { ognl } from './ognl.js';
import { options } from './options.js';
import { perfcounter } from './perfcounter.js';
import { plaintext } from './plaintext.js';
import { profiler } from './profiler.js';
import { ps } from './ps.js';
import { pwd } from './pwd.js';
import { redefine } from './redefine.js';
import { reset } from './reset.js';
import { retransform } from './retransform.js';
import { sc } from './sc.js';
import { session } from './session.js';
import { sm } from './sm.js';
import { stack } from './stack.js';
import { stop } from './stop.js';
import { sysenv } from './sysenv.js';
import { sysprop } from './sysprop.js';
import { target } from './target.js';
import { tee } from './tee.js';
import { thread } from './thread.js';
import { trace } from './trace.js';
import { tt } from './tt.js';
import { version } from './version.js';
import { vmoption } from './vmoption.js';
import { vmtool } from './vmtool.js';
import { watch } from './watch.js';
import { wc } from './wc.js';

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
  cat,
  base64,
  pwd,
  auth,
  jobs,
  fg,
  bg,
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
  trace,
  retransform,
  redefine,
  mc,
  tt,
  line,
  profiler,
  heapdump,
  grep,
  tee,
  wc,
  plaintext,
  cls,
  keymap,
];
