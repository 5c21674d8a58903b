import { RemoraError } from '../../base/index.js';
import type { Call, ContainerID } from '../../wire/index.js';
import { idText } from '../calls/containerId.js';
import { rootKnown } from '../calls/removeContainer.js';
import type { Containers } from '../containers.js';

/** An answer as text. */
export interface TextAnswer {
  readonly status: number;
  readonly text: string;
  readonly hint: string;
}

/** Errors of the room by their code: the reference's status, and its text where the error brings none of its own. */
const KNOWN: Readonly<Record<string, { readonly status: number; readonly text?: string }>> = {
  'no-parent': { status: 400 },
  'bad-container': { status: 400 },
  'launch-failed': { status: 400 },
  'root-not-allowed': { status: 400 },
  'not-attachable': { status: 500, text: 'I/O switchboard server was disabled for this container' },
  'input-taken': { status: 409, text: 'Multiple input connections are not allowed' },
  'container-running': { status: 500, text: 'Nested container has not terminated yet' },
  // Of the wire: bodies and records that cannot be read (shared/wire/mesos-agent.md 1.5, 2.4).
  undecodable: { status: 400 },
  'bad-record': { status: 500 },
};

/**
 * An attach to a container that is not there. Clients take 500 for "already finished" and 404 for "wrong place", so it is
 * the former wherever we know the root above it.
 */
function notFound(live: Containers, id: ContainerID): TextAnswer {
  const name = idText(id);
  return rootKnown(live, id)
    ? { status: 500, text: `Unknown container ${name}`, hint: '' }
    : { status: 404, text: `Container ${name} cannot be found`, hint: '' };
}

function idOf(call: Call): ContainerID | undefined {
  return call.attach_container_input?.container_id ?? call.attach_container_output?.container_id;
}

/** The answer to a RemoraError. */
export function answerOf(error: RemoraError, call?: Call, live?: Containers): TextAnswer {
  const { code, message, hint, details } = error;
  const attached = call && idOf(call);
  if (code === 'container-not-found' && attached && live) return notFound(live, attached);
  const known = KNOWN[code];
  const status = typeof details.status === 'number' ? details.status : (known?.status ?? 500);
  const text = typeof details.text === 'string' ? details.text : (known?.text ?? message);
  return { status, text, hint };
}

/** A refusal of ours with another status: what is wrong with a record in the midst of a stream is 500 (sheet 3.7). */
export function withStatus(error: unknown, status: number): unknown {
  if (!(error instanceof RemoraError) || error.code === 'client-gone') return error;
  const { code, message, hint, details } = error;
  return new RemoraError(code, message, { hint, details: { ...details, status } });
}
