import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { type Caller, epochMs, monotonicMs, PRODUCT_TITLE, RemoraError } from '../../base/index.js';
import {
  defaultSampleBytes,
  type HeapTaken,
  Naming,
  ownProcess,
  type ProcessInfo,
  profileErrors,
  profileNodes,
  profileRate,
  profileSeconds,
  type Taken,
  type Target,
  takeCpu,
  takeGrowth,
  takeHeap,
  takeProfileTurn,
} from '../../target/index.js';
import { encodePprof, type PprofProfile, type PprofValueType, StackTree } from '../../wire/index.js';
import { insightErrors } from '../errors.js';
import { SymbolTable } from './symbolTable.js';

/** What /pprof/... is called. */
export type ProfileKind = 'profile' | 'heap' | 'growth';

export interface ProfileRequest {
  readonly kind: ProfileKind;
  /** Container id, pid, name or `name#2`; undefined = ourselves. */
  readonly process?: string;
  readonly seconds: number;
  /** `remote`: addresses alone; the client asks for their names. */
  readonly symbols: 'inside' | 'remote';
  readonly caller: Caller;
  readonly signal: AbortSignal;
}

/** For the audit. */
export interface ProfileEvent {
  readonly kind: ProfileKind;
  readonly caller: Caller;
  /** Pid and name; of a refused call what it named. */
  readonly process: string;
  /** `ok`, `refused`, `aborted`, `failed`, or the code of an error. */
  readonly outcome: string;
  readonly seconds?: number;
}

/** Whose processes can be profiled besides ourselves: the agent's. */
export interface ProfileTargets {
  resolve(selector: string): Promise<ProcessInfo>;
  attach(selector: string, options: { signal?: AbortSignal }): Promise<Target>;
}

export interface ProfilesOptions {
  readonly version: string;
  /** Absent on a process that is no agent. */
  readonly targets?: ProfileTargets;
  onProfile?(event: ProfileEvent): void;
}

const compress = promisify(gzip);
const LEAST_SHARE = 0.9;
const SAMPLES: PprofValueType = { type: 'samples', unit: 'count' };
const CPU: PprofValueType = { type: 'cpu', unit: 'nanoseconds' };
const SPACE: PprofValueType = { type: 'space', unit: 'bytes' };
const HEAP_SPACE = { heap: 'inuse_space', growth: 'alloc_space' } as const;

/** Takes profiles of ourselves and of other processes, one at a time of each. */
export class Profiles {
  readonly symbols = new SymbolTable();
  readonly #options: ProfilesOptions;

  constructor(options: ProfilesOptions) {
    this.#options = options;
  }

  /**
   * A profile in the format of pprof, gzipped.
   * @throws RemoraError `profile-busy`, `too-many-profiles`, `profile-too-long`, `not-an-agent`, `heap-sampled-already`,
   * `aborted`, and those of finding and attaching
   */
  async take(request: ProfileRequest): Promise<Buffer> {
    if (request.seconds > profileSeconds.value)
      throw profileErrors.tooLong(request.seconds, profileSeconds.value);
    const info = await this.process(request.process);
    const began = monotonicMs();
    let outcome = 'ok';
    try {
      return await this.#alone(request, info, () => this.#take(request, info, began));
    } catch (error) {
      if (request.signal.aborted) {
        outcome = 'aborted';
        throw insightErrors.aborted();
      }
      outcome = error instanceof RemoraError ? error.code : 'failed';
      throw error;
    } finally {
      const { kind, caller, seconds } = request;
      this.#options.onProfile?.({ kind, caller, seconds, outcome, process: `${info.pid} ${info.name}` });
    }
  }

  /** The process that is meant, without attaching. */
  async process(selector: string | undefined): Promise<ProcessInfo> {
    if (selector === undefined) return (await ownProcess()).process;
    if (!this.#options.targets) throw insightErrors.notAnAgent();
    return await this.#options.targets.resolve(selector);
  }

  async #alone<T>({ kind, caller }: ProfileRequest, info: ProcessInfo, work: () => Promise<T>): Promise<T> {
    const turn = takeProfileTurn(info, `/pprof/${kind} of ${caller.user}`);
    try {
      return await work();
    } finally {
      turn.release();
    }
  }

  async #take(request: ProfileRequest, info: ProcessInfo, began: number): Promise<Buffer> {
    const target = await this.#open(request, info);
    const lease = target.lease(`pprof/${request.kind} of ${request.caller.user}`);
    try {
      const tree = new StackTree(profileNodes.value);
      // What the target ends, ends the waiting too.
      const signal = AbortSignal.any([request.signal, target.closed]);
      const timeMs = epochMs();
      const profile = await this.#sample(target, tree, {
        ...request,
        signal,
        seconds: timeLeft(request.seconds, began),
      });
      const naming = await Naming.of(target, [tree], this.symbols);
      request.signal.throwIfAborted();
      const encoded = encodePprof(
        {
          ...profile,
          timeMs,
          samples: naming.samples(tree),
          program: info.name,
          addressLimit: this.symbols.limit,
          labels: [['thread', 'main']],
          comments: comments(this.#options.version, target, tree),
        },
        request.symbols,
      );
      return await compress(encoded);
    } catch (error) {
      // A wait that was ended tells nothing; why the target was let go does.
      if (target.closed.aborted && !request.signal.aborted) throw target.closed.reason;
      throw error;
    } finally {
      lease.release();
    }
  }

  async #open({ signal }: ProfileRequest, info: ProcessInfo): Promise<Target> {
    if (info.pid === process.pid || !this.#options.targets) return await ownProcess();
    return await this.#options.targets.attach(String(info.pid), { signal });
  }

  async #sample(
    target: Target,
    tree: StackTree,
    { kind, seconds, signal }: ProfileRequest,
  ): Promise<Taken & Pick<PprofProfile, 'sampleTypes' | 'periodType' | 'period'>> {
    if (kind === 'profile') {
      const taken = await takeCpu(target, tree, { seconds, rate: Math.max(1, profileRate.value), signal });
      return { ...taken, sampleTypes: [SAMPLES, CPU], periodType: CPU, period: 1e9 / taken.rate };
    }
    const take = kind === 'heap' ? takeHeap : takeGrowth;
    const options = { seconds, signal, sampleBytes: defaultSampleBytes(seconds) };
    const taken: HeapTaken = await take(target, tree, options);
    const space = { type: HEAP_SPACE[kind], unit: 'bytes' };
    return { ...taken, sampleTypes: [SAMPLES, space], periodType: SPACE, period: taken.sampleBytes };
  }
}

/** Clients wait for the seconds they asked for and hardly longer: what attaching took is no longer to be had. */
function timeLeft(seconds: number, began: number): number {
  return Math.max(seconds * LEAST_SHARE, seconds - (monotonicMs() - began) / 1000);
}

function comments(
  version: string,
  { process: { name, pid, nodeVersion } }: Target,
  tree: StackTree,
): string[] {
  const about = `${name}, process ${pid}, Node.js ${nodeVersion || 'of unknown version'}, main thread`;
  const cut =
    tree.cut > 0 ? [`stacks were cut ${tree.cut} times: more than ${profileNodes.value} functions`] : [];
  return [about, `taken by ${PRODUCT_TITLE} ${version}`, ...cut];
}
