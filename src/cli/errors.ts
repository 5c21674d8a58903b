import { RemoraError } from '../base/index.js';

export function usage(message: string, hint: string): RemoraError {
  return new RemoraError('usage', message, { hint });
}

export function noTerminal(): RemoraError {
  return usage(
    'no process was named, and there is no terminal to ask on',
    'Name one; `remora ps` lists them',
  );
}

export function notWritten(path: string, cause: unknown): RemoraError {
  return new RemoraError('not-written', `${path} cannot be written (${(cause as { code?: string }).code})`, {
    hint: 'Name another file by -o',
    cause,
  });
}

export function nothingFound(): RemoraError {
  return new RemoraError('no-process', 'no Node.js process was found that this user may see', {
    hint: 'Start one, or run as the user who owns it; `remora ps` shows what is seen',
  });
}

export function alreadyRunning(pid: number, socketPath: string): RemoraError {
  return new RemoraError('agent-runs', `an agent of this user runs already: pid ${pid} on ${socketPath}`, {
    hint: 'Use that one, or stop it first by ending that process',
  });
}

export function noServer(): RemoraError {
  return new RemoraError('no-server', 'no config server of this user is running', {
    hint: 'Start one by `remora up` or `remora server`, or name another by --server http://HOST:PORT',
  });
}

export function noShop(path: string): RemoraError {
  return new RemoraError('no-shop', `the example shop is not built (${path} is missing)`, {
    hint: 'It comes with the source repository: run `npm run build` there, or leave --with-shop out',
  });
}

export function notLinux(platform: string): RemoraError {
  return new RemoraError(
    'not-linux',
    `remora diagnoses Node.js processes on Linux; this system is ${platform}`,
  );
}
