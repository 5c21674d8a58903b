import type { ObservationEvent } from '../../target/index.js';
import { hookNotes, quietNotes } from './reached.js';

type Event<K extends ObservationEvent['kind']> = Extract<ObservationEvent, { kind: K }>;

/** What happens to many functions at once is told as one: this long is waited for more of it. */
export const NEWS_MS = 100;

/** Word of functions that were reached late, or of which nothing was seen. */
export class News {
  #hooks: Event<'hook'>[] = [];
  #quiets: Event<'quiet'>[] = [];
  #since = 0;

  get isEmpty(): boolean {
    return this.#hooks.length + this.#quiets.length === 0;
  }

  hook(event: Event<'hook'>): void {
    this.#begin();
    this.#hooks.push(event);
  }

  quiet(event: Event<'quiet'>): void {
    this.#begin();
    this.#quiets.push(event);
  }

  /** Sentences, once nothing more can be waited for. */
  ripe(now: number): string[] {
    return this.isEmpty || now - this.#since < NEWS_MS ? [] : this.all();
  }

  all(): string[] {
    const notes = [...hookNotes(this.#hooks), ...quietNotes(this.#quiets)];
    this.#hooks = [];
    this.#quiets = [];
    return notes;
  }

  #begin(): void {
    if (this.isEmpty) this.#since = performance.now();
  }
}
