import { isObject, ownData } from '../../main/captured.js';
import type { AppenderFacts, FinderTools, FoundLogger } from './logger.js';
import { streamFacts } from './read.js';

/** The console has no levels: everything that it is told goes out. */
export function consoleLogger(tools: FinderTools): FoundLogger | undefined {
  const own = ownData(globalThis, 'console');
  if (!isObject(own) || tools.types.isProxy(own)) return undefined;
  return {
    object: own,
    framework: 'console',
    name: 'console',
    class: 'Console',
    level: () => undefined,
    levels: () => [],
    appenders: () => [target('stdout', 1, tools), target('stderr', 2, tools)],
    setLevel() {
      throw new Error('the console has no levels: everything that it is told goes out');
    },
  };
}

/** `process.stdout` is made by a getter of Node's when it is first used. */
function target(name: 'stdout' | 'stderr', fd: number, tools: FinderTools): AppenderFacts {
  const stream = ownData(process, name);
  return isObject(stream) ? streamFacts(stream, undefined, tools) : { name, class: `fd ${fd}`, target: name };
}
