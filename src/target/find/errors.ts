import { RemoraError } from '../../base/index.js';
import type { ProcessInfo } from '../types.js';

/** What a candidate looks like in `details.candidates` of an error. */
export interface Candidate {
  readonly pid: number;
  readonly name: string;
  readonly user: string;
  readonly command: string;
  readonly container?: string;
}

const SHOWN = 10;
const COMMAND_CHARS = 200;
const SELECTOR_CHARS = 100;

export function candidateOf(process: ProcessInfo): Candidate {
  const { pid, name, user, container } = process;
  const command = process.command.join(' ').slice(0, COMMAND_CHARS);
  return { pid, name, user, command, ...(container === undefined ? {} : { container }) };
}

/** Code `process-ambiguous`. */
export function processAmbiguous(what: string, processes: readonly ProcessInfo[]): RemoraError {
  return new RemoraError('process-ambiguous', `${what}: ${listed(processes)}`, {
    hint: 'Name one by its pid, or as name#n',
    details: { candidates: processes.map(candidateOf) },
  });
}

/** Code `process-not-found`. */
export function processNotFound(selector: string, near: readonly ProcessInfo[]): RemoraError {
  const shown = selector.slice(0, SELECTOR_CHARS);
  const what = /^\d{1,10}$/.test(selector) ? `no Node.js process has pid ${shown}` : undefined;
  return new RemoraError('process-not-found', what ?? `no Node.js process is called '${shown}'`, {
    hint: near.length > 0 ? `Did you mean ${listed(near)}? 'ps' lists all` : "'ps' lists all",
    details: { selector: shown, candidates: near.map(candidateOf) },
  });
}

/** Code `no-process`. */
export function noProcess(): RemoraError {
  return new RemoraError('no-process', 'no Node.js process of this user is running', {
    hint: "Start one, or name one of another user: 'ps' lists all",
    details: { candidates: [] },
  });
}

function listed(processes: readonly ProcessInfo[]): string {
  const names = processes.slice(0, SHOWN).map((each) => `${each.name} (pid ${each.pid})`);
  if (processes.length > SHOWN) names.push(`and ${processes.length - SHOWN} more`);
  return names.join(', ');
}
