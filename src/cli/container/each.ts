import { RemoraError } from '../../base/index.js';
import type { CliContext } from '../context.js';
import { EXIT } from '../exitCode.js';

/** Does the same to each of several containers, and prints those with which it went well; one failure stops no other. */
export async function forEachContainer(
  context: CliContext,
  ids: readonly string[],
  action: (id: string) => Promise<void>,
): Promise<void> {
  const { terminal } = context;
  const outcomes = await Promise.all(
    ids.map(async (id) => {
      try {
        await action(id);
        await terminal.printForeign(id);
        return true;
      } catch (error) {
        if (!(error instanceof RemoraError) || ids.length === 1) throw error;
        terminal.note(terminal.noteStyle.red(`${id}: ${error.text}`));
        return false;
      }
    }),
  );
  context.exitCode = outcomes.every(Boolean) ? EXIT.ok : EXIT.failed;
}
