import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const cache = new Map<string, string>();

/**
 * The text of a probe script, bundled by scripts/build.mjs: `boot`, `main`, `instrument`, `trace`, `tunnel`, `inspect` and `awaits` for
 * the main thread, `worker`, `look` for one look into a worker thread of the application.
 */
export function probeScript(
  thread: 'boot' | 'main' | 'worker' | 'look' | 'instrument' | 'trace' | 'tunnel' | 'inspect' | 'awaits',
): string {
  let text = cache.get(thread);
  if (text === undefined) {
    text = readFileSync(fileURLToPath(new URL(`./${thread}.bundle.js`, import.meta.url)), 'utf8');
    cache.set(thread, text);
  }
  return text;
}

export type { AwaitFunction, AwaitLimits, AwaitPiece } from './awaits/awaitPiece.js';
export type { ExternalOptions, InjectOptions, Prepared, PrepareOptions } from './boot/boot.js';
export type { AnchorQuery } from './inspect/anchors.js';
export type { Bean, BeanValue } from './inspect/beans.js';
export type { Counter } from './inspect/counters.js';
export type { AppenderFacts, LoggerFacts } from './inspect/loggers/logger.js';
export type { LoggerChange, LoggerQuery, LoggerReport } from './inspect/loggers/loggers.js';
export type { ModuleGraph } from './inspect/moduleGraph.js';
export type { PropertyChange, PropertyFacts } from './inspect/properties.js';
export type { VmOptionChange, VmOptionFacts } from './inspect/vmOptions.js';
export type * from './instrumentProtocol.js';
export { LINE_VARIABLES, VARIABLES } from './instrumentProtocol.js';
export { HOOKS } from './layout.js';
export type {
  EnvironmentFacts,
  HostFacts,
  MemoryFacts,
  MomentFacts,
  ProcessFacts,
  RuntimeSample,
} from './main/facts.js';
export type { Fragment, TunnelLimits, TunnelPage, TunnelState } from './tunnel/fragment.js';
