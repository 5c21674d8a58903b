import { errorText, RemoraError } from '../base/index.js';

/** All texts of the containers room that say no. Texts of wire/mesos-agent.md 3 and 4 are kept word for word. */

/** `bad-container` and `launch-failed` are the sheet's "any other launch failure": 400 with this text. */
export function badContainer(text: string, hint = ''): RemoraError {
  return new RemoraError('bad-container', text, { hint });
}

export function unsupportedContainer(): RemoraError {
  return badContainer('The provided ContainerInfo is not supported');
}

export function launchFailed(text: string, cause?: unknown): RemoraError {
  const reason = cause === undefined ? '' : `: ${errorText(cause)}`;
  return new RemoraError('launch-failed', `${text}${reason}`, { cause });
}

export function sandboxFailed(path: string, nested: boolean, cause: unknown): RemoraError {
  const text = nested ? `Failed to create nested sandbox '${path}'` : 'Failed to create sandbox';
  return new RemoraError(nested ? 'launch-failed' : 'sandbox-failed', `${text}: ${errorText(cause)}`, {
    cause,
  });
}

export function noParent(parent: string): RemoraError {
  return new RemoraError('no-parent', `Parent container ${parent} does not exist`);
}

export function parentDestroying(parent: string): RemoraError {
  return new RemoraError('parent-destroying', `Parent container ${parent} is in 'DESTROYING' state`);
}

export function rootNotAllowed(how: string): RemoraError {
  return new RemoraError('root-not-allowed', `a container would run as root: ${how}`, {
    hint: "Name another user in 'command.user', or start the agent with --allow-root-containers",
  });
}

export function userNotAllowed(user: string, own: string): RemoraError {
  return new RemoraError(
    'user-not-allowed',
    `this agent runs as ${own} and cannot start a container as '${user}'`,
    {
      hint: `Leave out 'command.user', or name ${own}`,
    },
  );
}

export function noUser(caller: string): RemoraError {
  return new RemoraError(
    'no-user',
    `'${caller}' is no user of this host, so the container has no user to run as`,
    {
      hint: "Name one in 'command.user'",
    },
  );
}

/** No container of that root is known: 404. */
export function containerNotFound(id: string): RemoraError {
  return new RemoraError('container-not-found', `Container ${id} cannot be found`);
}

/** Its root is known, the container itself is not, or has ended: 500. */
export function containerGone(id: string): RemoraError {
  return new RemoraError('container-gone', `Unknown container ${id}`);
}

export function notAttachable(): RemoraError {
  return new RemoraError('not-attachable', 'I/O switchboard server was disabled for this container', {
    hint: 'Only sessions and containers with a terminal can be attached to',
  });
}

export function inputTaken(): RemoraError {
  return new RemoraError('input-taken', 'Multiple input connections are not allowed');
}

export function inputFailed(reason: string): RemoraError {
  return new RemoraError('input-failed', `Failed writing to stdin: ${reason}`);
}

export function resizeFailed(cause: unknown): RemoraError {
  return new RemoraError('resize-failed', `Unable to set the window size: ${errorText(cause)}`, { cause });
}

export function readerTooSlow(ms: number): RemoraError {
  return new RemoraError('reader-too-slow', `this reader held the container back for ${ms} ms and was cut`, {
    hint: 'Read faster, or read the sandbox file; the limits are container-reader-buffer and container-reader-stall',
  });
}

export function readerDetached(): RemoraError {
  return new RemoraError('reader-detached', 'this agent lets go of the container, which goes on', {
    hint: 'Attach again when the agent has started anew',
  });
}

export function killFailed(cause: unknown): RemoraError {
  const invalid = cause instanceof Error && 'code' in cause && cause.code === 'EINVAL';
  const reason = invalid ? 'Invalid argument' : errorText(cause);
  return new RemoraError('kill-failed', `Unable to send signal to container: ${reason}`, { cause });
}

export function destroyFailed(id: string, pids: readonly number[]): RemoraError {
  return new RemoraError(
    'destroy-failed',
    `processes of container ${id} outlived SIGKILL: ${pids.join(', ')}`,
    {
      hint: 'They hang in the kernel (state D); destroy it again when they are gone',
    },
  );
}

export function containerRunning(): RemoraError {
  return new RemoraError('container-running', 'Nested container has not terminated yet');
}

export function unknownRoot(): RemoraError {
  return new RemoraError('unknown-root', 'Unknown root container');
}

export function overLimit(text: string, limit: string): RemoraError {
  return new RemoraError('container-limit', text, { hint: `The limit is named ${limit}` });
}

export function agentClosing(): RemoraError {
  return new RemoraError('agent-closing', 'this agent is closing', {
    hint: 'Try again when it has started anew',
  });
}

export function folderInUse(folder: string, pid: number): RemoraError {
  return new RemoraError('folder-in-use', `the containers in ${folder} belong to the agent with pid ${pid}`, {
    hint: 'Stop that agent, or give this one a folder of its own',
  });
}

export function toolMissing(name: string, packageName: string): RemoraError {
  return new RemoraError('launch-failed', `the program '${name}' is missing on this host`, {
    hint: `It is part of ${packageName}`,
  });
}
