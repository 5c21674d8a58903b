import { RemoraError } from '../../base/index.js';

/** An answer as text. */
export interface TextAnswer {
  readonly status: number;
  readonly text: string;
  readonly hint: string;
}

/**
 * Errors of the room and of the wire by their code; what is not here is 500. The text is the error's own, unless one stands
 * here; where the reference has none (`ours`), it says how to go on as well. Every failure of a launch is 400 there.
 */
const KNOWN: Readonly<
  Record<string, { readonly status: number; readonly text?: string; readonly ours?: true }>
> = {
  'no-parent': { status: 400 },
  'parent-destroying': { status: 400 },
  'bad-container': { status: 400 },
  'launch-failed': { status: 400 },
  'root-not-allowed': { status: 400, ours: true },
  'user-not-allowed': { status: 400, ours: true },
  'no-user': { status: 400, ours: true },
  'container-limit': { status: 400, ours: true },
  'container-not-found': { status: 404 },
  // Clients take 500 for "already finished" and 404 for "wrong place".
  'container-gone': { status: 500 },
  'not-attachable': { status: 500, text: 'I/O switchboard server was disabled for this container' },
  'input-taken': { status: 409, text: 'Multiple input connections are not allowed' },
  'resize-failed': { status: 400 },
  'container-running': { status: 500, text: 'Nested container has not terminated yet' },
  'agent-closing': { status: 503, ours: true },
  'folder-in-use': { status: 503, ours: true },
  // Bodies and records that cannot be read (shared/wire/mesos-agent.md 1.5, 2.4).
  undecodable: { status: 400 },
  'bad-record': { status: 500 },
};

/** The answer to a RemoraError. */
export function answerOf(error: RemoraError): TextAnswer {
  const { code, message, hint, details } = error;
  const known = KNOWN[code];
  const status = typeof details.status === 'number' ? details.status : (known?.status ?? 500);
  const own = known?.ours ? error.text : message;
  const text = typeof details.text === 'string' ? details.text : (known?.text ?? own);
  return { status, text, hint };
}

/** A refusal of ours with another status: what is wrong with a record in the midst of a stream is 500 (sheet 3.7). */
export function withStatus(error: unknown, status: number): unknown {
  if (!(error instanceof RemoraError) || error.code === 'client-gone') return error;
  const { code, message, hint, details } = error;
  return new RemoraError(code, message, { hint, details: { ...details, status } });
}
