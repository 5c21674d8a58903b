import type { TestContext } from 'node:test';
import type { Containers } from '../../../src/containers/index.js';
import type { Call, ContainerID } from '../../../src/wire/index.js';
import { ApiBench, type BenchOptions } from './apiBench.js';
import { host, idOf } from './host.js';

/** The agent API in front of real processes, with a root container `root` that sleeps. */
export async function realBench(
  t: TestContext,
  options: BenchOptions = {},
): Promise<{ bench: ApiBench; containers: Containers }> {
  const { containers } = host(t);
  const bench = await ApiBench.start(t, containers, options);
  await launch(bench, 'root', 'exec sleep 1000');
  return { bench, containers };
}

/** LAUNCH_CONTAINER of a dotted id; throws what it is refused with. */
export async function launch(bench: ApiBench, id: string, value: string, tty = false): Promise<void> {
  const { status, text } = await bench.call({
    type: 'LAUNCH_CONTAINER',
    launch_container: { ...launchOf(id, value), ...(tty && { container: { type: 'MESOS', tty_info: {} } }) },
  });
  if (status !== 200) throw new Error(`${id}: ${status} ${text}`);
}

export function launchOf(
  id: string,
  value: string,
): { container_id: ContainerID; command: { value: string } } {
  return { container_id: idOf(id), command: { value } };
}

export function sessionOf(id: string, value: string, tty = false): Call {
  return {
    type: 'LAUNCH_NESTED_CONTAINER_SESSION',
    launch_nested_container_session: {
      ...launchOf(id, value),
      ...(tty && { container: { type: 'MESOS', tty_info: {} } }),
    },
  };
}

/** The wait status of a container, once it has ended. */
export async function exitOf(bench: ApiBench, id: string): Promise<number | undefined> {
  const call: Call = { type: 'WAIT_CONTAINER', wait_container: { container_id: idOf(id) } };
  return (await bench.object(call)).wait_container?.exit_status;
}

/** Runs `command` in a session and gives back what it printed and its wait status. */
export async function runSession(
  bench: ApiBench,
  id: string,
  command: string,
  tty = false,
): Promise<{ stdout: string; stderr: string; exit: number | undefined }> {
  const session = await bench.stream(sessionOf(id, command, tty));
  const { complete, text } = await session.answer;
  if (session.head.statusCode !== 200 || !complete) throw new Error(`${session.head.statusCode} ${text}`);
  return { stdout: session.text(), stderr: session.text('STDERR'), exit: await exitOf(bench, id) };
}
