import { RemoraError } from '../../base/index.js';
import type { ContainerInput, ContainerOutput } from '../../client/index.js';
import type { CliContext } from '../context.js';
import { copyInput } from './copyInput.js';
import { copyOutput } from './copyOutput.js';
import { DetachWatch } from './detachKeys.js';
import { RawTerminal, windowSize } from './rawTerminal.js';

export interface Streams {
  readonly output: ContainerOutput;
  /** Takes the container's input; left out where we are only to look on. */
  readonly openInput?: () => Promise<ContainerInput>;
  readonly tty: boolean;
  /** Pass our standard input on; otherwise the container's is closed at once. */
  readonly interactive: boolean;
  readonly detachKeys: Buffer;
  /** Make the program draw its screen anew: it has been running. */
  readonly redraw?: boolean;
}

/** `ended`: the container has, and all its output was written. `detached`: the person left by the detach keys. */
export type Outcome = 'ended' | 'detached';

/** Input refused by these is the answer to what was asked; after any other end of the input the output tells more. */
const REFUSALS = new Set([
  'input-taken',
  'container-not-found',
  'not-attachable',
  'containers-not-allowed',
  'not-signed-in',
]);
const LAST_WORDS_MS = 1000;

/** Connects our standard streams with a container's, until it ends or we are told to leave. */
export async function interact(context: CliContext, streams: Streams): Promise<Outcome> {
  const { output, tty, interactive } = streams;
  const { life } = context;
  const forgetOutput = life.defer(() => output.close());
  let outcome: Outcome = 'ended';
  let refusal: RemoraError | undefined;
  const input = await streams.openInput?.();
  input?.ended.catch((error: unknown) => {
    if (!(error instanceof RemoraError) || !REFUSALS.has(error.code)) return;
    refusal = error;
    output.close();
  });
  const raw = tty && interactive && process.stdin.isTTY ? new RawTerminal(life, resize) : undefined;
  function resize(): void {
    input?.resize(windowSize());
  }
  const stop = startInput();
  try {
    await copyOutput(output, raw && ((data) => raw.screen.see(data)));
  } finally {
    stop();
    raw?.leave();
    await forgetOutput();
  }
  if (refusal) throw refusal;
  return outcome;

  function startInput(): () => void {
    if (!input) return () => undefined;
    if (tty) {
      // A size that differs from the last one is what makes a program draw anew.
      if (streams.redraw) input.resize({ rows: 0, columns: 0 });
      if (raw || process.stdout.isTTY) resize();
    }
    raw?.enter();
    if (!interactive) {
      if (!tty) input.end();
      return () => input.abort();
    }
    const copy = copyInput(input, raw ? new DetachWatch(streams.detachKeys) : undefined);
    void copy.detached.then(async () => {
      outcome = 'detached';
      copy.stop();
      await leaveInput(input);
      output.close();
    });
    return () => {
      copy.stop();
      input.abort();
    };
  }
}

/** Frees the input for the next one, if the agent is quick about it. */
async function leaveInput(input: ContainerInput): Promise<void> {
  const timer = new Promise<void>((resolve) => setTimeout(resolve, LAST_WORDS_MS).unref());
  await Promise.race([input.close().catch(() => undefined), timer]);
}
