import type { Command } from '../command.js';
import { echo } from './echo.js';
import { grep } from './grep.js';
import { handles } from './handles.js';
import { help } from './help.js';
import { history } from './history.js';
import { jobs } from './jobs.js';
import { kill } from './kill.js';
import { loop } from './loop.js';
import { options } from './options.js';
import { reset } from './reset.js';
import { session } from './session.js';
import { stop } from './stop.js';
import { thread } from './thread.js';
import { version } from './version.js';

/** Every command, in the order `help` shows them. A new one is a file here and a line below. */
export const COMMANDS: readonly Command[] = [
  help,
  version,
  session,
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
  grep,
];
