import { StringDecoder } from 'node:string_decoder';
import { RemoraError } from '../base/index.js';

/** One of the events of a `text/event-stream`. */
export interface StreamedEvent {
  /** `message` where the stream names none. */
  readonly event: string;
  readonly data: string;
  /** The last id that was set, '' before the first. */
  readonly id: string;
}

/** The agent's biggest result is 16 MiB. */
const LONGEST = 64 * 1024 * 1024;

/** Takes bytes of a `text/event-stream` apart, wherever they are cut. Lines end in LF or CRLF. */
export class EventParser {
  readonly #decoder = new StringDecoder('utf8');
  /** Of a line whose end has not come. */
  #pieces: string[] = [];
  #size = 0;
  #event = '';
  #data: string[] = [];
  #id = '';

  /** @throws RemoraError `bad-answer` for an event without an end */
  push(bytes: Buffer): StreamedEvent[] {
    const events: StreamedEvent[] = [];
    const text = this.#decoder.write(bytes);
    let from = 0;
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', from)) {
      const line = this.#pieces.join('') + text.slice(from, at);
      this.#pieces = [];
      from = at + 1;
      const event = this.#line(line.endsWith('\r') ? line.slice(0, -1) : line);
      if (event) events.push(event);
    }
    if (from < text.length) this.#pieces.push(text.slice(from));
    this.#size = text.length - from + (from === 0 ? this.#size : 0);
    if (this.#size > LONGEST) {
      throw new RemoraError('bad-answer', `an event of the stream has more than ${LONGEST} characters`);
    }
    return events;
  }

  #line(line: string): StreamedEvent | undefined {
    if (line === '') return this.#dispatch();
    const colon = line.indexOf(':');
    if (colon === 0) return undefined;
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(line.charAt(colon + 1) === ' ' ? colon + 2 : colon + 1);
    if (field === 'event') this.#event = value;
    else if (field === 'data') this.#data.push(value);
    else if (field === 'id' && !value.includes('\0')) this.#id = value;
    return undefined;
  }

  #dispatch(): StreamedEvent | undefined {
    const data = this.#data;
    const event = this.#event || 'message';
    this.#event = '';
    this.#data = [];
    return data.length === 0 ? undefined : { event, data: data.join('\n'), id: this.#id };
  }
}
