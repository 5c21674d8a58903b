import {
  type FoundClass,
  ModuleScope,
  modulePattern,
  type RemoteObjects,
  type RemoteValue,
} from '../../target/index.js';
import { type CommandContext, CommandFailure } from '../command.js';
import type { HeapSearch } from '../heap/searchHeap.js';
import { openScripts } from '../scripts/openScripts.js';

const MOST_NAMED = 20;

export interface ChosenClass {
  readonly name: string;
  readonly value: RemoteValue;
}

/**
 * The class that `--className` means: one of the language (`Map`), of a module of Node's (`net:Socket`), or of the
 * program (`Cart`, `cart.js:Cart`).
 * @throws CommandFailure when there is none, or several
 */
export async function findClass(
  context: CommandContext,
  objects: RemoteObjects,
  search: HeapSearch,
  name: string,
): Promise<ChosenClass> {
  const builtin = await builtinClass(objects, name);
  if (builtin) return { name, value: builtin };
  const scripts = await openScripts(context);
  try {
    const { className } = modulePattern(name, false);
    const found = await scripts.search.classes(name, scripts.options);
    const [first] = found;
    if (!first)
      throw new CommandFailure(`No class found for: ${className || name}${className ? '' : NODES_OWN}`);
    if (found.length > 1) {
      throw new CommandFailure(
        `Found more than one class for: ${name}, please name one of them: ${found.slice(0, MOST_NAMED).map(wholeName).join(', ')}`,
      );
    }
    const value = await new ModuleScope(objects, scripts.search, search.instances).classOf(first);
    if (value) return { name: wholeName(first), value };
    throw new CommandFailure(`the class ${wholeName(first)} is not in the heap any more, or was never made`);
  } finally {
    scripts.release();
  }
}

const NODES_OWN = "; a class of Node.js's own is named with its module, such as http:Server";

function wholeName({ script, name }: FoundClass): string {
  return `${script.name}:${name}`;
}

async function builtinClass(objects: RemoteObjects, name: string): Promise<RemoteValue | undefined> {
  const [, module = '', className = ''] =
    /^(?:(?:node:)?([\w/]+):)?([\p{ID_Start}$_][\p{ID_Continue}$]*)$/u.exec(name) ?? [];
  if (className === '') return undefined;
  const value = await objects
    .tool('builtinClass', { value: module }, { value: className })
    // There is no such module of Node's.
    .catch(() => undefined);
  return value?.objectId === undefined ? undefined : value;
}
