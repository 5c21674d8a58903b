import { RemoraError } from '../base/index.js';

/** The target room's error codes and texts. */
export const targetErrors = {
  notPermitted: (pid: number, user: string) =>
    new RemoraError('not-permitted', `process ${pid} belongs to ${user}`, {
      hint: `Run Remora as ${user} or as root`,
    }),
  gone: (pid: number) =>
    new RemoraError('process-gone', `process ${pid} has exited`, {
      hint: '`remora ps` lists those that run',
    }),
  letGo: (pid: number, reason: string) =>
    new RemoraError('target-let-go', `process ${pid} was let go: ${reason}`, {
      hint: 'Attach again to go on',
    }),
  notAttachable: (pid: number, reason: string) =>
    new RemoraError('not-attachable', `process ${pid} cannot be attached to: ${reason}`),
  portTaken: (port: number, owner: string) =>
    new RemoraError(
      'inspector-port-taken',
      `the target's inspector would open port ${port}, which ${owner} holds`,
      {
        hint: `Free port ${port} and try again; no signal was sent`,
      },
    ),
  noInspector: (pid: number, why: string) =>
    new RemoraError('no-inspector', `process ${pid} opened no inspector after SIGUSR1: ${why}`, {
      hint: 'It will not be signalled again; what it is doing natively is in /proc/PID/wchan and `cat /proc/PID/stack`',
    }),
  signalledBefore: (pid: number) =>
    new RemoraError('signalled-before', `process ${pid} was sent SIGUSR1 before and opened no inspector`, {
      hint: 'It is never signalled twice; restart it, or start it with --inspect=127.0.0.1:0',
    }),
  wrongProcess: (pid: number, found: number) =>
    new RemoraError('wrong-process', `the inspector found for process ${pid} belongs to process ${found}`),
  marked: (pid: number, owner: string) =>
    new RemoraError('already-attached', `process ${pid} is held by another Remora: ${owner}`, {
      hint: 'Use that agent, or stop it: it lets go at once',
      details: { owner },
    }),
  lowMemory: (pid: number, headroom: number, limitedBy: string) =>
    new RemoraError(
      'low-memory',
      `process ${pid} has ${Math.round(headroom / 1048576)} MB of memory headroom (${limitedBy})`,
      { hint: 'A probe could get it killed; --force attaches all the same' },
    ),
  foreignPeer: (pid: number, peers: readonly string[]) =>
    new RemoraError(
      'foreign-inspector-peer',
      `somebody else connected to the inspector of process ${pid} while it was open: ${peers.join(', ')}`,
      {
        hint: 'Everything was undone. Whoever it was could run code in that process: look who it is before you try again',
        details: { peers },
      },
    ),
  inspectorClosed: (when: string) => new RemoraError('inspector-closed', `the inspector was closed ${when}`),
  workerSilent: (pid: number, why: string) =>
    new RemoraError('probe-silent', `the probe in process ${pid} did not answer: ${why}`),
  timeout: (what: string, ms: number) =>
    new RemoraError('probe-timeout', `no answer to ${what} within ${ms} ms`, {
      hint: "The target's main thread may be in native code; `thread` and `loop` say more",
    }),
  badFrame: (pid: number, why: string) =>
    new RemoraError('bad-frame', `process ${pid} sent what is no probe frame: ${why}`),
  needsWorker: (fn: string) =>
    new RemoraError('needs-worker', `'${fn}' needs the probe's Worker, which this target does not have`, {
      hint: 'The session says why it runs on the inspector connection alone',
    }),
  tooMany: (limit: number) =>
    new RemoraError('too-many-targets', `${limit} targets are attached, the limit`, {
      hint: 'Let one go by `stop`, or raise it by --limit targets=N',
    }),
  probe: (code: string, message: string) => new RemoraError(code, message),
  closing: () => new RemoraError('closing', 'this agent is shutting down', { hint: 'Start it again' }),
  aborted: () => new RemoraError('aborted', 'the attach was interrupted'),
};
