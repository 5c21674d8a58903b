import type { Lease, ProcessInfo, Target } from '../target/index.js';
import type { TargetService } from './services.js';

/**
 * The process a session works on. Named by a request (`process`), attached when the first command needs it, held by a
 * lease until the session ends or names another one.
 */
export class SessionTarget {
  private held:
    | { readonly target: Target; readonly lease: Lease; readonly selector: string | undefined }
    | undefined;
  private released = false;
  private selector: string | undefined;
  /** What the selector meant when it was named; only for showing. */
  private named: ProcessInfo | undefined;

  constructor(
    private readonly targets: TargetService,
    private readonly holder: string,
  ) {}

  /**
   * Names the process for this and later commands; attaches nothing.
   * @throws RemoraError with the candidates when no process, or more than one, has that name.
   */
  async name(selector: string): Promise<void> {
    this.named = await this.targets.resolve(selector);
    this.selector = selector;
  }

  /** @throws RemoraError when it cannot be attached. */
  async attach(signal: AbortSignal): Promise<Target> {
    const { held } = this;
    if (held && !held.target.closed.aborted && held.selector === this.selector) return held.target;
    const { selector } = this;
    const target = await this.targets.attach(selector, { signal });
    // The session may have ended, or another job may have been faster, while we waited.
    if (!this.released && this.held?.target !== target) {
      const lease = target.lease(this.holder);
      this.held?.lease.release();
      this.held = { target, lease, selector };
    } else if (this.held) {
      this.held = { ...this.held, selector };
    }
    return target;
  }

  /** What `attach` would attach. */
  async resolve(): Promise<ProcessInfo> {
    const current = this.current;
    if (current && this.held?.selector === this.selector) return current.process;
    return this.targets.resolve(this.selector);
  }

  /** The target held now. */
  get current(): Target | undefined {
    return this.held && !this.held.target.closed.aborted ? this.held.target : undefined;
  }

  /** The process as far as it is known without asking: held, named, or the only one attached. */
  get known(): ProcessInfo | undefined {
    if (this.current) return this.current.process;
    if (this.named) return this.named;
    const attached = this.targets.attached();
    return attached.length === 1 ? attached[0]?.process : undefined;
  }

  release(): void {
    this.released = true;
    this.held?.lease.release();
    this.held = undefined;
  }
}
