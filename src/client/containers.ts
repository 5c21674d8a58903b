import { RemoraError } from '../base/index.js';
import type { CommandInfo, ContainerID, ContainerInfo } from '../wire/index.js';
import { ContainerCalls } from './containerCalls.js';
import { containerEnd } from './containerEnd.js';
import { type ContainerName, containerId, containerPath } from './containerId.js';
import type { ContainerInput } from './containerInput.js';
import type { ContainerOutput } from './containerOutput.js';
import type {
  ContainerEncoding,
  ContainerEnd,
  ContainerEntry,
  ContainerSpec,
  LaunchExtras,
} from './containerTypes.js';
import type { ClientAddress } from './endpoint.js';
import { isRecord, placeName } from './errors.js';
import type { CallOptions } from './transport.js';

export interface ContainersOptions {
  /** Default protobuf. */
  readonly encoding?: ContainerEncoding;
}

/**
 * The containers of one agent, by the Mesos agent API v1. All methods reject with RemoraError; its `code` is stable, its
 * `hint` says what to do next. Connections are kept alive: call `close()` at the end.
 */
export class ContainersClient {
  readonly #calls: ContainerCalls;

  constructor(address: ClientAddress, { encoding = 'protobuf' }: ContainersOptions = {}) {
    this.#calls = new ContainerCalls(address, encoding);
  }

  /** Socket path or address of the agent. */
  get place(): string {
    return placeName(this.#calls.place);
  }

  /**
   * Starts a container that lives until it ends or is killed, also beyond the agent (LAUNCH_CONTAINER). `exists`: one of
   * that name is there, and was left alone. Remora's agents know the options of `extras`; others ignore them.
   */
  async launch(
    spec: ContainerSpec,
    extras: LaunchExtras = {},
    options: CallOptions = {},
  ): Promise<'launched' | 'exists'> {
    const launch_container = {
      ...launchBody(spec),
      ...(extras.attachable ? { attachable: true } : {}),
      ...(extras.holdOutput ? { hold_output: true } : {}),
      ...(extras.keepRecord ? { keep_record: true } : {}),
    };
    return (await this.#calls.tell({ type: 'LAUNCH_CONTAINER', launch_container }, options))
      ? 'launched'
      : 'exists';
  }

  /**
   * Starts a process inside a container that is there (LAUNCH_NESTED_CONTAINER_SESSION): its name is `PARENT.NAME`. It lives
   * as long as the output that is returned.
   *
   * @throws RemoraError `container-exists`, `bad-container`, ...
   */
  async session(spec: ContainerSpec, options: CallOptions = {}): Promise<ContainerOutput> {
    const output = await this.#calls.openOutput(
      { type: 'LAUNCH_NESTED_CONTAINER_SESSION', launch_nested_container_session: launchBody(spec) },
      options,
    );
    if (output) return output;
    const path = containerPath(containerId(spec.container));
    throw new RemoraError('container-exists', `a container named ${path} is there already`, {
      hint: 'Take another name',
    });
  }

  /** What the container writes from now on (ATTACH_CONTAINER_OUTPUT). Several may look on at once. */
  async attachOutput(name: ContainerName, options: CallOptions = {}): Promise<ContainerOutput> {
    const output = await this.#calls.openOutput(
      { type: 'ATTACH_CONTAINER_OUTPUT', attach_container_output: { container_id: containerId(name) } },
      options,
    );
    if (!output) throw this.#unexpected('ATTACH_CONTAINER_OUTPUT');
    return output;
  }

  /** Takes the container's input (ATTACH_CONTAINER_INPUT); one at a time can have it. `ended` tells whether it was given. */
  attachInput(name: ContainerName): Promise<ContainerInput> {
    return this.#calls.openInput(containerId(name));
  }

  /** Resolves when the container has ended (WAIT_CONTAINER); undefined = there is none of that name. */
  async wait(name: ContainerName, options: CallOptions = {}): Promise<ContainerEnd | undefined> {
    try {
      const response = await this.#calls.ask(
        { type: 'WAIT_CONTAINER', wait_container: { container_id: containerId(name) } },
        options,
      );
      return containerEnd(response.wait_container ?? {});
    } catch (error) {
      if (error instanceof RemoraError && error.code === 'container-not-found') return undefined;
      throw error;
    }
  }

  /** Sends a signal (KILL_CONTAINER; default SIGKILL) and does not wait for what it does. */
  async kill(name: ContainerName, signal?: number, options: CallOptions = {}): Promise<void> {
    const kill_container = {
      container_id: containerId(name),
      ...(signal === undefined ? {} : { signal }),
    };
    await this.#calls.tell({ type: 'KILL_CONTAINER', kill_container }, options);
  }

  /** Removes what is left of a container that has ended (REMOVE_CONTAINER). */
  async remove(name: ContainerName, options: CallOptions = {}): Promise<void> {
    await this.#calls.tell(
      { type: 'REMOVE_CONTAINER', remove_container: { container_id: containerId(name) } },
      options,
    );
  }

  /** All containers, also those that have ended where the agent is Remora's. */
  async list(options: CallOptions = {}): Promise<readonly ContainerEntry[]> {
    const own = await this.#calls.get('/remora/containers', options);
    if (own !== undefined) return this.#ownEntries(own);
    const response = await this.#calls.ask(
      { type: 'GET_CONTAINERS', get_containers: { show_nested: true, show_standalone: true } },
      options,
    );
    const { containers = [] } = response.get_containers ?? {};
    return containers.map(({ container_id, container_status: status }) => ({
      id: containerPath(status?.container_id ?? container_id),
      ...(status?.executor_pid === undefined ? {} : { pid: status.executor_pid }),
    }));
  }

  /** Closes kept-alive connections; streams end by their own `close`. */
  close(): void {
    this.#calls.close();
  }

  #ownEntries(answer: unknown): ContainerEntry[] {
    if (!isRecord(answer) || !Array.isArray(answer.containers)) throw this.#unexpected('/remora/containers');
    return (answer.containers as ToldEntry[]).map(({ termination, ...entry }) => ({
      ...entry,
      ...(termination ? { end: containerEnd({ ...termination, exit_status: termination.exitStatus }) } : {}),
    }));
  }

  #unexpected(what: string): RemoraError {
    return new RemoraError('bad-answer', `${this.place} gave an answer to ${what} that no agent gives`, {
      hint: 'Check that a Remora agent of the same version listens there',
    });
  }
}

/** As Remora's agents tell it. */
type ToldEntry = Omit<ContainerEntry, 'end'> & {
  readonly termination?: Omit<ContainerEnd, 'exitCode' | 'signal'>;
};

function launchBody(spec: ContainerSpec): {
  container_id: ContainerID;
  command: CommandInfo;
  container?: ContainerInfo;
} {
  return {
    container_id: containerId(spec.container),
    command: commandInfo(spec),
    ...(spec.tty ? { container: { type: 'MESOS', tty_info: { window_size: spec.tty } } } : {}),
  };
}

function commandInfo({ command, environment = {}, user }: ContainerSpec): CommandInfo {
  const variables = Object.entries(environment).map(([name, value]) => ({ name, value }));
  return {
    ...(typeof command === 'string'
      ? { value: command }
      : { shell: false, value: command[0] ?? '', arguments: command }),
    ...(variables.length > 0 ? { environment: { variables } } : {}),
    ...(user === undefined ? {} : { user }),
  };
}
