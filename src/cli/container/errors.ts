import { RemoraError } from '../../base/index.js';

export function nameTaken(id: string): RemoraError {
  return new RemoraError('container-exists', `a container named ${id} is there already`, {
    hint: `Take another --name, or remove that one by \`remora container rm -f ${id}\``,
  });
}

export function noSuchContainer(id: string): RemoraError {
  return new RemoraError('container-not-found', `no container is named ${id}`, {
    hint: '`remora container ps -a` lists those that there are',
  });
}

export function wantsTerminal(id: string): RemoraError {
  return new RemoraError('usage', `${id} has a terminal, and so needs a terminal on standard input here`, {
    hint: 'Look on without one by --no-stdin',
  });
}

export function notAttachable(id: string): RemoraError {
  return new RemoraError('not-attachable', `${id} was started without streams to attach to`, {
    hint: `See what it wrote by \`remora container logs ${id}\`; start one with -i or -t to attach to it`,
  });
}

export function noLogs(id: string, why: string): RemoraError {
  return new RemoraError('no-logs', `what ${id} wrote cannot be read: ${why}`, {
    hint: 'Its files stdout and stderr are in its sandbox on the host of the agent',
  });
}

export function hasEnded(id: string): RemoraError {
  return new RemoraError('container-ended', `${id} has ended`, {
    hint: '`remora container ps -a` shows how; `remora container rm` removes what is left of it',
  });
}
