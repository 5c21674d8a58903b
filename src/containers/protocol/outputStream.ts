import type { ServerResponse } from 'node:http';
import { counters } from '../../base/index.js';
import { encodeRecord, type MesosCodec, outputPieces, type ProcessIO } from '../../wire/index.js';
import type { OutputChunk, OutputReader } from '../containers.js';
import { heartbeatMs } from './limits.js';

const bytesOut = counters.counter(
  'containers.output.bytes',
  'output of containers sent to readers, in bytes',
);
const NANOSECONDS = 1_000_000;

/** Resolves with `undefined` as soon as the signal is aborted. No listener stays behind, however often it is called. */
function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    const abort = (): void => resolve(undefined);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

/** Resolves when the client has taken what was sent, or is gone. */
function drained(response: ServerResponse, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      response.off('drain', done);
      signal.removeEventListener('abort', done);
      resolve();
    };
    // Gone already: no event would come any more, and a session would live on.
    if (signal.aborted) {
      resolve();
      return;
    }
    response.on('drain', done);
    signal.addEventListener('abort', done);
  });
}

/** One HTTP chunk for a record. */
function sendPieces(response: ServerResponse, pieces: readonly Buffer[]): void {
  response.cork();
  for (const piece of pieces) response.write(piece);
  response.uncork();
}

/**
 * Sends a container's output as records until it has ended or the signal is aborted, with a heartbeat from time to time.
 * True where it has ended. The caller sends the head before and ends the response after; the reader is closed here.
 */
export async function streamOutput(
  response: ServerResponse,
  reader: OutputReader,
  codec: MesosCodec,
  signal: AbortSignal,
): Promise<boolean> {
  const send = (message: ProcessIO): boolean =>
    response.write(encodeRecord(codec.serialize('ProcessIO', message)));
  const interval = heartbeatMs.value;
  const beat: ProcessIO = {
    type: 'CONTROL',
    control: { type: 'HEARTBEAT', heartbeat: { interval: { nanoseconds: interval * NANOSECONDS } } },
  };
  const timer = setInterval(() => {
    // Somebody who does not read needs no sign of life, and would be owed ever more of them.
    if (!response.writableNeedDrain && !signal.aborted) send(beat);
  }, interval);
  const chunks: AsyncIterator<OutputChunk> = reader[Symbol.asyncIterator]();
  try {
    for (;;) {
      const step = await unlessAborted(chunks.next(), signal);
      if (!step) return false;
      if (step.done) return true;
      const { stream, data } = step.value;
      // The Python client aborts at an empty one.
      if (data.length === 0) continue;
      bytesOut.add(data.length);
      if (codec.encoding === 'protobuf') sendPieces(response, outputPieces(stream, data));
      else send({ type: 'DATA', data: { type: stream === 'stdout' ? 'STDOUT' : 'STDERR', data } });
      if (response.writableNeedDrain) await drained(response, signal);
    }
  } finally {
    clearInterval(timer);
    reader.close();
  }
}
