import type { Traceable, TraceReach } from '../../../target/index.js';
import { functionName } from '../reached.js';

const MOST_NAMES = 5;

/** What is told of the functions that a trace looks into, each thing once. */
export class TraceNews {
  readonly #verbose: boolean;
  readonly #told = new Set<string>();

  constructor(verbose: boolean) {
    this.#verbose = verbose;
  }

  /** Sentences that are new. */
  told({ functions, notes }: TraceReach): string[] {
    const news = [...notes];
    for (const { of, level, state, why } of functions) {
      if (state === 'cannot')
        news.push(`trace does not look into ${functionName(of)}${why ? `: ${why}` : ''}`);
      else if (this.#verbose && state === 'traced')
        news.push(`trace looks into ${functionName(of)}${levelText(level)}`);
    }
    return news.filter((text) => {
      if (this.#told.has(text)) return false;
      this.#told.add(text);
      return true;
    });
  }
}

/** What cannot be looked into, and what is left out, before anything is installed. */
export function beforehand(traceable: readonly Traceable[]): string[] {
  const groups = new Map<string, string[]>();
  const add = (text: string, { of }: Traceable) => {
    const names = groups.get(text) ?? [];
    groups.set(text, names);
    names.push(functionName(of));
  };
  for (const each of traceable) {
    if (each.why !== undefined) add(`timed as a whole, not looked into: ${each.why}`, each);
    for (const note of each.notes) add(note, each);
  }
  return [...groups].map(([text, names]) => `${namesText(names)}: ${text}`);
}

function namesText(names: readonly string[]): string {
  const shown = names.slice(0, MOST_NAMES).join(', ');
  return names.length > MOST_NAMES ? `${shown} and ${names.length - MOST_NAMES} more` : shown;
}

function levelText(level: number): string {
  return level === 0 ? ' (-p)' : level === 1 ? '' : ` (level ${level})`;
}
