/** What the exit code of `remora` says. */
export const EXIT = {
  ok: 0,
  /** The command ran and its status code was not 0. */
  failed: 1,
  /** Wrong use, nothing to attach to, no connection. */
  usage: 2,
  /** `--timeout` passed. */
  timedOut: 124,
  /** `container run`, `exec`, `attach`: a failure of ours, where other codes are the program's. */
  remora: 125,
  interrupted: 130,
} as const;
