import { instrumentQueue } from './limits.js';
import type { ObservationEvent } from './types.js';

type Dropped = { kind: 'dropped'; count: number };
/** Beside records: reports of hooks and the governor's words. More of them than this between two looks are noise. */
const MOST_OTHERS = 1000;

/** What waits to be taken by the one who observes: bounded, and what found no room is counted where it would have stood. */
export class ObservationQueue implements AsyncIterable<ObservationEvent> {
  readonly #events: ObservationEvent[] = [];
  #records = 0;
  #others = 0;
  #dropped: Dropped | undefined;
  #ended = false;
  #wake: (() => void) | undefined;

  get ended(): boolean {
    return this.#ended;
  }

  push(event: ObservationEvent): void {
    if (this.#ended) return;
    if (event.kind === 'dropped') this.drop(event.count);
    else if (event.kind === 'record' && this.#records >= instrumentQueue.value) this.drop(1);
    else if (event.kind === 'end') this.#end(event);
    else {
      if (event.kind === 'record') {
        this.#records += 1;
        this.#dropped = undefined;
      } else if (++this.#others > MOST_OTHERS) {
        return;
      }
      this.#add(event);
    }
  }

  drop(count: number): void {
    if (this.#ended || !(count > 0)) return;
    if (this.#dropped) {
      this.#dropped.count += count;
      return;
    }
    this.#dropped = { kind: 'dropped', count };
    this.#add(this.#dropped);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<ObservationEvent, void, void> {
    for (;;) {
      const event = this.#events.shift();
      if (event) {
        if (event === this.#dropped) this.#dropped = undefined;
        if (event.kind === 'record') this.#records -= 1;
        else if (event.kind !== 'dropped' && event.kind !== 'end') this.#others -= 1;
        yield event.kind === 'dropped' ? { ...event } : event;
        if (event.kind === 'end') return;
      } else if (this.#ended) {
        return;
      } else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    }
  }

  #end(event: ObservationEvent): void {
    this.#add(event);
    this.#ended = true;
  }

  #add(event: ObservationEvent): void {
    this.#events.push(event);
    this.#wake?.();
    this.#wake = undefined;
  }
}
