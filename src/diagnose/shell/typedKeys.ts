/** What a key asks for while a command runs. */
export type KeyAction = 'interrupt' | 'suspend' | 'quit';

export interface TypedKeys {
  readonly actions: readonly KeyAction[];
  /** Typed for the next prompt. */
  readonly ahead: string;
  /** What waited before is dropped: an interrupt takes back what was typed on top of the command. */
  readonly clears: boolean;
}

const CTRL_C = '\x03';
const CTRL_Z = '\x1a';

/**
 * Reads keys typed while a command runs. Ctrl-C and Ctrl-Z act wherever they stand; `q` only when it is all that was
 * typed: in a pasted line it is a letter.
 */
export function readKeys(text: string, waiting: boolean): TypedKeys {
  const actions: KeyAction[] = [];
  let ahead = '';
  let clears = false;
  if (!waiting && /^[qQ]+$/.test(text)) return { actions: ['quit'], ahead, clears };
  for (const [part] of text.matchAll(/[\x03\x1a]|[^\x03\x1a]+/g)) {
    if (part === CTRL_C) {
      ahead = '';
      clears = true;
      actions.push('interrupt');
    } else if (part === CTRL_Z) {
      actions.push('suspend');
    } else {
      ahead += part;
    }
  }
  return { actions, ahead, clears };
}
