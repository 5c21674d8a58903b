import type { ContainerInput } from '../../client/index.js';
import type { DetachWatch } from './detachKeys.js';

export interface InputCopy {
  /** Resolves when the detach keys were typed. */
  readonly detached: Promise<void>;
  stop(): void;
}

/** Copies our standard input to a container, until its end, which becomes the end of the container's. */
export function copyInput(input: ContainerInput, watch: DetachWatch | undefined): InputCopy {
  const { stdin } = process;
  let stop: () => void = () => undefined;
  const detached = new Promise<void>((resolve) => {
    const onData = (typed: Buffer): void => {
      const { pass, detached } = watch?.push(typed) ?? { pass: typed, detached: false };
      stdin.pause();
      void input.write(pass).then(() => {
        if (detached) resolve();
        else if (!input.over) stdin.resume();
      });
    };
    const onEnd = () => input.end();
    stop = () => {
      stdin.off('data', onData);
      stdin.off('end', onEnd);
      stdin.off('error', onEnd);
      stdin.pause();
    };
    stdin.on('data', onData);
    stdin.on('end', onEnd);
    stdin.on('error', onEnd);
  });
  return { detached, stop: () => stop() };
}
