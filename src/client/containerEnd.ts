import type { ContainerEnd } from './containerTypes.js';

/** The termination of a container as an agent tells it. */
interface ToldEnd {
  readonly exit_status?: number;
  readonly state?: string;
  readonly reason?: string;
  readonly message?: string;
}

export function containerEnd({ exit_status: status, state, reason, message }: ToldEnd): ContainerEnd {
  const signal = status === undefined ? 0 : status & 0x7f;
  return {
    exitStatus: status,
    exitCode: status === undefined ? undefined : signal > 0 ? 128 + signal : (status >> 8) & 0xff,
    ...(signal > 0 ? { signal } : {}),
    ...(state === undefined ? {} : { state }),
    ...(reason === undefined ? {} : { reason }),
    ...(message === undefined ? {} : { message }),
  };
}
