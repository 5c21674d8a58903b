import type { EventStore, JSONRPCMessage } from '@modelcontextprotocol/server';
import { mcpReplayBytes, mcpReplayEvents } from './limits.js';

interface Kept {
  readonly eventId: string;
  readonly streamId: string;
  readonly message: JSONRPCMessage;
  readonly bytes: number;
}

/** The stream of an event, by its id. */
export function streamOf(eventId: string): string {
  return eventId.slice(eventId.indexOf('-') + 1);
}

/**
 * The last events of one session's streams, for a client that lost its connection. Bounded: an id that is no longer among
 * them is answered by 404, so that a client never takes a stream with a hole for a whole one.
 */
export class EventLog implements EventStore {
  private readonly kept: Kept[] = [];
  private bytes = 0;
  private counter = 0;

  has(eventId: string): boolean {
    return this.kept.some((event) => event.eventId === eventId);
  }

  async storeEvent(streamId: string, message: JSONRPCMessage): Promise<string> {
    const eventId = `${++this.counter}-${streamId}`;
    const bytes = Buffer.byteLength(JSON.stringify(message));
    this.kept.push({ eventId, streamId, message, bytes });
    this.bytes += bytes;
    while (this.kept.length > mcpReplayEvents.value || this.bytes > mcpReplayBytes.value) {
      const gone = this.kept.shift();
      if (!gone) break;
      this.bytes -= gone.bytes;
    }
    return eventId;
  }

  async getStreamIdForEventId(eventId: string): Promise<string | undefined> {
    return this.kept.find((event) => event.eventId === eventId)?.streamId;
  }

  async replayEventsAfter(
    lastEventId: string,
    { send }: { send: (eventId: string, message: JSONRPCMessage) => Promise<void> },
  ): Promise<string> {
    const at = this.kept.findIndex((event) => event.eventId === lastEventId);
    const streamId = this.kept[at]?.streamId ?? '';
    for (const event of this.kept.slice(at + 1)) {
      // The first event of a stream only gives it an id.
      const isNews = Object.keys(event.message).length > 0;
      if (event.streamId === streamId && isNews) await send(event.eventId, event.message);
    }
    return streamId;
  }
}
