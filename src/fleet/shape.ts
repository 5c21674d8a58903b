import type { RemoraError } from '../base/index.js';
import type { Fleet } from './fleet.js';

/** What a call changed, for the audit. */
export type Subject = Readonly<Record<string, string | number>>;

/** A whole answer, of media type application/x-protobuf. */
export interface WireAnswer {
  readonly status: number;
  readonly body: Buffer;
  /** The code in it, in the words of the shape. */
  readonly code: string;
  readonly message: string;
  readonly subject?: Subject;
}

/** Logs a fault of ours; gives the id under which the log has it. */
export type OnFault = (error: unknown) => string;

export interface ShapeCall {
  /** `CreateConfig`. */
  readonly name: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Without a slash at its end. */
  readonly path: string;
  readonly summary: string;
  /** What it does, whatever its method: looks, changes, or comes from an agent. */
  readonly kind: 'read' | 'change' | 'agent';
  /** Never throws. */
  answer(fleet: Fleet, body: Buffer, onFault: OnFault): WireAnswer | Promise<WireAnswer>;
}

/** What of a request tells the shape that it speaks. */
export interface ShapedRequest {
  readonly method: string;
  /** As it was sent. */
  readonly path: string;
  readonly body: Buffer;
}

/**
 * One wire shape of the ConfigServer protocol. Several share paths: of those that serve a call, the first that takes the
 * request answers it; the last in the list takes whatever the others left (DESIGN 7).
 */
export interface Shape {
  readonly name: 'a1' | 'b1' | 'v2';
  readonly calls: readonly ShapeCall[];
  takes(request: ShapedRequest): boolean;
  /** An error that was found before the call was read, so without the request's id. */
  failure(error: RemoraError, status: number): WireAnswer;
}
