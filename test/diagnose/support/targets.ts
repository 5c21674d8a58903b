import { RemoraError } from '../../../src/base/index.js';
import type { TargetService } from '../../../src/diagnose/index.js';
import type { Lease, ProcessInfo, Target } from '../../../src/target/index.js';

export function processInfo(pid: number, name: string): ProcessInfo {
  return {
    pid,
    startTicks: pid * 100,
    startTime: 1_700_000_000_000,
    uid: 1000,
    user: 'dev',
    name,
    command: ['node', `${name}.js`],
    cwd: '/srv',
    exe: '/usr/bin/node',
    nodeVersion: '22.0.0',
    uptimeMs: 1000,
    cpuPercent: 0,
    rssBytes: 1,
    inspector: { state: 'closed' },
    attachable: true,
    own: false,
    attached: false,
  };
}

/** A target that only keeps books: who holds it, and when it was let go. */
export class BookTarget implements Target {
  readonly channel = 'worker';
  readonly notices: readonly string[] = [];
  readonly attachedAt = 1_700_000_001_000;
  private readonly controller = new AbortController();
  private readonly leases = new Map<Lease, string>();

  constructor(readonly process: ProcessInfo) {}

  get closed(): AbortSignal {
    return this.controller.signal;
  }

  get holders(): readonly string[] {
    return [...this.leases.values()];
  }

  lease(holder: string): Lease {
    const lease: Lease = { release: () => void this.leases.delete(lease) };
    this.leases.set(lease, holder);
    return lease;
  }

  async letGo(reason: string): Promise<void> {
    this.controller.abort(new RemoraError('target-closed', reason));
  }

  cdp(): Promise<never> {
    return this.refuse();
  }
  main(): Promise<never> {
    return this.refuse();
  }
  worker(): Promise<never> {
    return this.refuse();
  }
  onCdp(): () => void {
    return () => {};
  }
  onEvent(): () => void {
    return () => {};
  }

  private refuse(): Promise<never> {
    return Promise.reject(new RemoraError('no-process', 'this target only keeps books'));
  }
}

/** Finds the processes it is given; a process named `closed` cannot be attached. */
export class BookTargets implements TargetService {
  private readonly open = new Map<number, BookTarget>();

  constructor(private readonly processes: readonly ProcessInfo[]) {}

  async list(): Promise<ProcessInfo[]> {
    return [...this.processes];
  }

  attached(): readonly BookTarget[] {
    return [...this.open.values()].filter((target) => !target.closed.aborted);
  }

  async resolve(selector: string | undefined): Promise<ProcessInfo> {
    const attached = this.attached();
    if (selector === undefined && attached.length === 1) return (attached[0] as BookTarget).process;
    const found = this.processes.filter(
      ({ pid, name }) => selector === undefined || selector === name || selector === String(pid),
    );
    if (found.length === 1) return found[0] as ProcessInfo;
    const candidates = this.processes.map(({ pid, name }) => `${name} (${pid})`).join(', ');
    throw new RemoraError('process-not-found', `no process is named '${selector}'`, {
      hint: `There are: ${candidates}`,
    });
  }

  async attach(selector: string | undefined): Promise<BookTarget> {
    const info = await this.resolve(selector);
    if (info.name === 'closed') throw new RemoraError('cannot-attach', 'closed lets nobody in');
    const open = this.open.get(info.pid);
    if (open && !open.closed.aborted) return open;
    const target = new BookTarget(info);
    this.open.set(info.pid, target);
    return target;
  }
}
