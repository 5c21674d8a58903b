import type { DebuggerDomain } from '../debuggerDomain.js';
import type { MainThread } from '../mainThread.js';
import type { Engine } from './engine.js';
import type { Paused, Pauser } from './pauser.js';

/** Sets variables that JavaScript may not: constants, from a pause in a frame that sees them. */
export class Variables {
  readonly #main: MainThread;
  readonly #domain: DebuggerDomain;
  readonly #engine: Engine;
  readonly #pauser: Pauser;

  constructor(main: MainThread, domain: DebuggerDomain, engine: Engine, pauser: Pauser) {
    this.#main = main;
    this.#domain = domain;
    this.#engine = engine;
    this.#pauser = pauser;
  }

  /**
   * `value` and `pause` are methods of the engine that take a hook and an index: the first gives what the variable shall
   * hold, the second sees to it that `debugger` is run where it can be seen.
   */
  async set(
    hook: number,
    index: number,
    name: string,
    value: string,
    pause: string,
  ): Promise<'done' | 'busy' | 'failed'> {
    await this.#domain.hold();
    try {
      const { objectId } = await this.#engine.object(value, hook, index);
      if (objectId === undefined) return 'failed';
      return await this.#pauser.during(
        async () => (await this.#engine.object(pause, hook, index)).value === true,
        async (paused) => {
          await this.#inFrame(paused, name, objectId);
        },
      );
    } finally {
      await this.#domain.release();
    }
  }

  /** The innermost scope that has the name is the one that the frame means. */
  async #inFrame({ callFrames }: Paused, variableName: string, objectId: string): Promise<boolean> {
    const [frame] = callFrames;
    if (!frame) return false;
    for (let scopeNumber = 0; scopeNumber < frame.scopeChain.length; scopeNumber++) {
      if (frame.scopeChain[scopeNumber]?.type === 'global') break;
      try {
        await this.#main.post('Debugger.setVariableValue', {
          scopeNumber,
          variableName,
          newValue: { objectId },
          callFrameId: frame.callFrameId,
        });
        return true;
      } catch {
        // Not in this scope, or not to be written in it.
      }
    }
    return false;
  }
}
