import { once } from 'node:events';
import type { ContainerOutput } from '../../client/index.js';

/** Copies a container's output to ours, as it is, until the container has ended. A slow reader of ours slows us. */
export async function copyOutput(output: ContainerOutput, see?: (data: Buffer) => void): Promise<void> {
  for await (const { stream, data } of output) {
    see?.(data);
    await writeOut(stream === 'stdout' ? process.stdout : process.stderr, data);
  }
}

/** Resolves when there is room for more. */
export async function writeOut(to: NodeJS.WriteStream, data: Buffer): Promise<void> {
  if (to.write(data)) return;
  // Whoever read us may have gone: the life of this process ends by that, not by an error here.
  await Promise.race([once(to, 'drain'), once(to, 'close')]).catch(() => undefined);
}
