import type { Lease, ProcessInfo, Target } from '../target/index.js';
import type { TargetService } from './services.js';

interface Held {
  readonly target: Target;
  readonly lease: Lease | undefined;
  readonly selector: string | undefined;
}

/**
 * The process a session works on. Named by a request (`process`), attached when the first command needs it, held by a
 * lease until the session ends or works on another one.
 */
export class SessionTarget {
  private held: Held | undefined;
  private released = false;
  private named: { readonly selector: string; readonly process: ProcessInfo } | undefined;

  constructor(
    private readonly targets: TargetService,
    /** Under which name the session holds it; undefined = it leaves that to its job. */
    private readonly holder: string | undefined,
  ) {}

  /**
   * Names the process for this and later commands; attaches nothing.
   * @throws RemoraError with the candidates when no process, or more than one, has that name.
   */
  async name(selector: string): Promise<void> {
    this.named = { selector, process: await this.targets.resolve(selector) };
  }

  /** What a job that is made now works on; it stays so when the session goes on to another process. */
  get selector(): string | undefined {
    return this.named?.selector;
  }

  /** @throws RemoraError when it cannot be attached. */
  async attach(selector: string | undefined, signal: AbortSignal): Promise<Target> {
    const held = this.heldAs(selector);
    if (held) return held;
    const target = await this.targets.attach(selector, { signal });
    // While we waited the session may have ended, gone on to another process, or been served by another job.
    if (!this.released && this.selector === selector && this.heldAs(selector) !== target)
      this.hold(target, selector);
    return target;
  }

  /** What `attach` would attach. */
  async resolve(selector: string | undefined): Promise<ProcessInfo> {
    return this.heldAs(selector)?.process ?? this.targets.resolve(selector);
  }

  /** The target held now. */
  get current(): Target | undefined {
    return this.held && !this.held.target.closed.aborted ? this.held.target : undefined;
  }

  /** The process as far as it is known without asking: named, held, or the only one attached. */
  get known(): ProcessInfo | undefined {
    if (this.named) return this.named.process;
    if (this.current) return this.current.process;
    const attached = this.targets.attached();
    return attached.length === 1 ? attached[0]?.process : undefined;
  }

  release(): void {
    this.released = true;
    this.held?.lease?.release();
    this.held = undefined;
  }

  private heldAs(selector: string | undefined): Target | undefined {
    return this.held?.selector === selector ? this.current : undefined;
  }

  private hold(target: Target, selector: string | undefined): void {
    // The new lease first: for the same target the old one must not be the last.
    const lease = this.holder === undefined ? undefined : target.lease(this.holder);
    this.held?.lease?.release();
    this.held = { target, lease, selector };
  }
}
