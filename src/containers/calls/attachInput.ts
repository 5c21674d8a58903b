import { RemoraError } from '../../base/index.js';
import type { AttachInput, Call, ContainerID, ProcessIO, WindowSize } from '../../wire/index.js';
import type { Containers, InputWriter } from '../containers.js';
import { inputGraceMs } from '../protocol/limits.js';
import { invalid, refuse } from '../protocol/refusal.js';
import { type CallAnswer, type CallContext, DONE, defineCall } from './call.js';
import { idFault, idText } from './containerId.js';

/** Streams input to a container. It is answered when its body ends, or the container does, and not before. */
export const attachContainerInput = defineCall({
  type: 'ATTACH_CONTAINER_INPUT',
  body: 'attach_container_input',
  role: 'operator',
  permission: 'containers',
  streams: 'input',
  audited: true,
  validate: checkRecord,
  run: attachInput,
});

/** What every record of the stream must have (shared/wire/mesos-agent.md 3.2). */
function checkRecord({ type, container_id }: AttachInput, name: string): void {
  if (type === undefined) throw invalid(`Expecting '${name}.type' to be present`);
  if (type === 'UNKNOWN') throw invalid(`'${name}.type' is unknown`);
  const fault = type === 'CONTAINER_ID' && idFault(container_id);
  if (fault) throw invalid(`'${name}.container_id' is invalid: ${fault}`);
}

async function attachInput(context: CallContext, { type, container_id }: AttachInput): Promise<CallAnswer> {
  const { live, later, audited } = context;
  if (type !== 'CONTAINER_ID' || !container_id) {
    throw refuse(400, "Expecting 'attach_container_input.type' to be CONTAINER_ID");
  }
  const writer = await live.attachInput(container_id);
  audited('ok');
  const ended = writer.ended.then(() => {
    // Wakes a read that would wait for a client that has nothing more to say.
    later.stop();
    return true;
  });
  try {
    for (let record = await later.next(); record; record = await later.next()) {
      const input = inputOf(record);
      if (input.kind === 'resize') resize(live, container_id, writer, input.size);
      else if (input.kind === 'data' && !(await taken(writer, input.data, ended))) break;
    }
  } finally {
    // Before the answer: who got it may attach again at once.
    writer.release();
  }
  return DONE;
}

/** False where the container has ended meanwhile, which is an end like any other. */
async function taken(writer: InputWriter, data: Buffer, ended: Promise<boolean>): Promise<boolean> {
  try {
    await writer.write(data);
    return true;
  } catch (error) {
    if (!(error instanceof RemoraError)) throw error;
    // `head -1` has closed its input before it has ended: that is no error of who writes to it.
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<false>((resolve) => {
      timer = setTimeout(resolve, inputGraceMs.value, false);
    });
    const over = await Promise.race([ended, late]);
    clearTimeout(timer);
    if (over) return false;
    throw error;
  }
}

function resize(live: Containers, id: ContainerID, writer: InputWriter, size: WindowSize): void {
  const name = idText(id);
  if (live.list().some((view) => idText(view.id) === name && !view.tty)) {
    throw bad('Unable to set the window size: Inappropriate ioctl for device');
  }
  writer.resize(size);
}

type Input =
  | { readonly kind: 'data'; readonly data: Buffer }
  | { readonly kind: 'resize'; readonly size: WindowSize }
  | { readonly kind: 'heartbeat' };

/** The attachment ends by a bad record, and the container lives on (shared/wire/mesos-agent.md 3.7). */
function bad(text: string): RemoraError {
  return refuse(400, text);
}

const TYPE_NUMBERS = { UNKNOWN: 0, CONTAINER_ID: 1, PROCESS_IO: 2 } as const;

function inputOf({ type, attach_container_input: record }: Call): Input {
  if (!record) {
    throw bad(`Expecting 'type' to be 'ATTACH_CONTAINER_INPUT' instead of: '${type}'`);
  }
  if (record.type !== 'PROCESS_IO') {
    const number = TYPE_NUMBERS[record.type ?? 'UNKNOWN'];
    throw bad(`Expecting 'attach_container_input.type' to be 'PROCESS_IO' instead of: '${number}'`);
  }
  const { process_io: io } = record;
  if (!io) throw bad("Expecting 'attach_container_input.process_io' to be present");
  switch (io.type) {
    case undefined:
      throw bad("Expecting 'process_io.type' to be present");
    case 'UNKNOWN':
      throw bad("'process_io.type' is unknown");
    case 'CONTROL':
      return controlOf(io.control);
    case 'DATA':
      return dataOf(io.data);
  }
}

function controlOf(control: ProcessIO['control']): Input {
  if (!control) throw bad("Expecting 'process_io.control' to be present");
  switch (control.type) {
    case undefined:
      throw bad("Expecting 'process_io.control.type' to be present");
    case 'UNKNOWN':
      throw bad("'process_io.control.type' is unknown");
    case 'TTY_INFO': {
      if (!control.tty_info) throw bad("Expecting 'process_io.control.tty_info' to be present");
      const size = control.tty_info.window_size;
      if (!size) throw bad("Expecting 'tty_info.window_size' to be present");
      return { kind: 'resize', size };
    }
    case 'HEARTBEAT':
      if (!control.heartbeat) throw bad("Expecting 'process_io.control.heartbeat' to be present");
      return { kind: 'heartbeat' };
  }
}

function dataOf(data: ProcessIO['data']): Input {
  if (!data) throw bad("Expecting 'process_io.data' to be present");
  if (data.type === undefined) throw bad("Expecting 'process_io.data.type' to be present");
  if (data.type !== 'STDIN') throw bad("Expecting 'process_io.data.type' to be 'STDIN'");
  if (!data.data) throw bad("Expecting 'process_io.data.data' to be present");
  return { kind: 'data', data: data.data };
}
