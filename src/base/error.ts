/**
 * The one error type of Remora (DESIGN 9): what happened, and what to do about it.
 * Each room keeps its own codes and texts in its `errors.ts`; each `api.ts` maps them to its protocol.
 */
export class RemoraError extends Error {
  /** Stable, kebab-case, e.g. `process-not-found`. */
  readonly code: string;
  /** What the reader can do next, one sentence; empty when nothing can be done. */
  readonly hint: string;
  /** Facts for programs (candidates of an ambiguous name, the owner of a port, ...). */
  readonly details: Readonly<Record<string, unknown>>;

  constructor(
    code: string,
    message: string,
    options: { hint?: string; details?: Record<string, unknown>; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'RemoraError';
    this.code = code;
    this.hint = options.hint ?? '';
    this.details = options.details ?? {};
  }

  /** Message and hint in one line, as people read it. */
  get text(): string {
    if (this.hint === '') return this.message;
    return `${this.message}${/[.?!]$/.test(this.message) ? '' : '.'} ${this.hint}`;
  }
}

/** The text of anything that was thrown. */
export function errorText(error: unknown): string {
  if (error instanceof RemoraError) return error.text;
  return error instanceof Error ? error.message : String(error);
}
