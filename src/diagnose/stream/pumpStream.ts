import type { Consumer, StreamEnd } from '../consumer.js';
import { streamHeartbeat, streamLimit } from '../limits.js';
import type { Session } from '../session.js';

/** Where a stream goes: one connection. Both promises resolve with false when it has gone or was cut. */
export interface StreamSink {
  /** Resolves when there is room for more. */
  send(entries: readonly StreamEntry[]): Promise<boolean>;
  beat(): Promise<boolean>;
  /** The last word. `reason` is for people. */
  end(code: StreamEnd, reason: string): void;
}

export interface StreamEntry {
  /** Names the place in the stream: a reader who comes again with it goes on behind. */
  readonly id: string;
  readonly json: string;
}

const ENDS = {
  closed: 'the session has ended',
  replaced: 'another stream reads for this consumer now',
  forgotten: 'this consumer was dropped',
} as const satisfies Record<StreamEnd, string>;

/** Where a reader wants to go on: what `Last-Event-ID` said. */
export interface Resume {
  readonly consumerId: string;
  readonly number: number;
}

const ID = /^([0-9a-f]{32}_\d{1,15})\.(\d{1,15})$/;

export function eventId(consumer: Consumer, number: number): string {
  return `${consumer.id}.${number}`;
}

/** Undefined for a text that is no id of ours. */
export function resumeOf(text: string | undefined): Resume | undefined {
  const [, consumerId, number] = ID.exec(text ?? '') ?? [];
  return consumerId === undefined ? undefined : { consumerId, number: Number(number) };
}

let open = 0;

/** Takes a seat among the streams of this agent; undefined when there are too many. Returns what gives it back. */
export function takeSeat(): (() => void) | undefined {
  if (open >= streamLimit.value) return undefined;
  open += 1;
  let left = false;
  return () => {
    if (!left) open -= 1;
    left = true;
  };
}

/**
 * Sends what the session publishes until the session ends, the connection goes (`signal`) or another stream takes this
 * one's place. A reader that is slow is waited for: what finds no room in its queue meanwhile is dropped and counted.
 */
export async function pumpStream(
  session: Session,
  consumer: Consumer,
  after: number | undefined,
  sink: StreamSink,
  signal: AbortSignal,
): Promise<void> {
  const ticket = consumer.takeStream();
  try {
    const again = after === undefined ? [] : consumer.sentAfter(after);
    if (again.length > 0 && !(await sink.send(again.map(entry)))) return;
    while (!signal.aborted) {
      session.touch(undefined);
      const next = await consumer.streamNext(ticket, streamHeartbeat.value, signal);
      if (typeof next === 'string') {
        sink.end(next, ENDS[next]);
        return;
      }
      if (!(next.length > 0 ? await sink.send(next.map(entry)) : signal.aborted || (await sink.beat())))
        return;
    }
  } finally {
    consumer.leaveStream(ticket);
  }

  function entry({ number, result }: { number: number; result: { json: string } }): StreamEntry {
    return { id: eventId(consumer, number), json: result.json };
  }
}
