import type { Command } from '../command.js';
import { dashboard } from './dashboard.js';
import { echo } from './echo.js';
import { grep } from './grep.js';
import { handles } from './handles.js';
import { help } from './help.js';
import { history } from './history.js';
import { jad } from './jad.js';
import { jobs } from './jobs.js';
import { jvm } from './jvm.js';
import { kill } from './kill.js';
import { line } from './line.js';
import { loop } from './loop.js';
import { memory } from './memory.js';
import { monitor } from './monitor.js';
import { ognl } from './ognl.js';
import { options } from './options.js';
import { ps } from './ps.js';
import { reset } from './reset.js';
import { sc } from './sc.js';
import { session } from './session.js';
import { sm } from './sm.js';
import { stack } from './stack.js';
import { stop } from './stop.js';
import { sysenv } from './sysenv.js';
import { target } from './target.js';
import { thread } from './thread.js';
import { tt } from './tt.js';
import { version } from './version.js';
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
  ognl,
  watch,
  monitor,
  stack,
  tt,
  line,
  grep,
];
