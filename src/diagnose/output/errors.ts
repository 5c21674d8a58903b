import { errorText, RemoraError, type Risk, type Role, roleForRisk } from '../../base/index.js';

const SHOWN = 100;

export function badOutputName(name: string): RemoraError {
  return new RemoraError(
    'bad-output-name',
    `'${name.slice(0, SHOWN)}' cannot be the name of an output file`,
    {
      hint: 'Give a plain name without folders, of letters, digits and ._+=@,- that begins with a letter or a digit, 160 characters at most; it is written into the output folder of the agent',
    },
  );
}

export function outputTaken(name: string): RemoraError {
  return new RemoraError('output-taken', `there is an output file ${name} already`, {
    hint: 'Give another name, or remove that one: curl -X DELETE .../arthas-output/NAME',
  });
}

export function outputBusy(name: string): RemoraError {
  return new RemoraError('output-busy', `the output file ${name} is being written by another command`, {
    hint: "Give another name, or end that command: 'jobs' lists them",
  });
}

export function outputNotFound(name: string): RemoraError {
  return new RemoraError('output-not-found', `there is no output file ${name.slice(0, SHOWN)}`, {
    hint: 'GET /arthas-output/ lists them',
  });
}

export function outputTooLarge(name: string, limit: number): RemoraError {
  return new RemoraError('output-too-large', `${name} would be larger than ${limit} bytes; it was not kept`, {
    hint: 'Ask for less, or raise it by `--limit output-file-bytes=N`',
  });
}

export function outputFull(limit: number): RemoraError {
  return new RemoraError(
    'output-full',
    `the output folder holds ${limit} bytes, its limit; nothing was kept`,
    {
      hint: 'Remove files (curl -X DELETE .../arthas-output/NAME), or raise it by `--limit output-bytes=N`',
    },
  );
}

export function tooManyOutputs(limit: number): RemoraError {
  return new RemoraError('too-many-outputs', `the output folder holds ${limit} files, its limit`, {
    hint: 'Remove files (curl -X DELETE .../arthas-output/NAME), or raise it by `--limit output-files=N`',
  });
}

/** What the system said, in words where it is one of the known ways in which a write fails. */
export function outputFailed(name: string, cause: unknown): RemoraError {
  const code = (cause as NodeJS.ErrnoException | undefined)?.code ?? '';
  const known = FAULTS[code];
  return new RemoraError('output-failed', `${name} could not be written: ${known?.[0] ?? errorText(cause)}`, {
    hint: known?.[1] ?? 'Nothing of it was kept',
    cause,
  });
}

const FAULTS: Readonly<Record<string, readonly [what: string, hint: string]>> = {
  ENOSPC: [
    "the disk of the agent's state folder is full",
    'Nothing of it was kept. Make room, or start the agent with XDG_STATE_HOME on another disk',
  ],
  EDQUOT: [
    "the quota of the agent's user is used up",
    'Nothing of it was kept. Make room, or start the agent with XDG_STATE_HOME on another disk',
  ],
  EFBIG: [
    "it is larger than the agent's system limit for files (RLIMIT_FSIZE) or its file system allows",
    'Nothing of it was kept. Ask for less, or raise `ulimit -f` for the agent',
  ],
  EROFS: [
    "the agent's state folder is on a read-only disk",
    'Start the agent with XDG_STATE_HOME on a disk where it may write',
  ],
};

export function outputHidden(name: string, risk: Risk, role: Role): RemoraError {
  return new RemoraError(
    'role-too-small',
    `${name} was made by a command of risk '${risk}': reading it needs the role ${roleForRisk(risk)}, and this caller has ${role}`,
    { hint: 'Call with credentials of that role' },
  );
}

export function outputAboveCeiling(name: string, risk: Risk): RemoraError {
  return new RemoraError(
    'output-above-ceiling',
    `${name} was made by a command of risk '${risk}', which this agent does not allow`,
    { hint: `Start the agent with --allow ${risk}` },
  );
}

export function noOutputFolder(): RemoraError {
  return new RemoraError('no-output-folder', 'nothing can be written here: there is no output folder', {
    hint: 'Ask an agent; this process has no state folder for files',
  });
}
