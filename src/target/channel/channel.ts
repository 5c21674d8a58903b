import type { CallOptions, ChannelKind } from '../types.js';

/** One way to talk to an attached process. `end()` undoes everything in it first. */
export interface Channel {
  readonly kind: ChannelKind;
  cdp(method: string, params: object, options?: CallOptions): Promise<Record<string, unknown>>;
  main(fn: string, params: unknown, options?: CallOptions): Promise<unknown>;
  worker(fn: string, params: unknown, options?: CallOptions): Promise<unknown>;
  onCdp(listener: (method: string, params: Record<string, unknown>) => void): void;
  onEvent(listener: (event: string, data: unknown) => void): void;
  /** Called once, when the other side is gone; the argument says why. */
  onClose(listener: (reason: string) => void): void;
  end(): Promise<void>;
}
