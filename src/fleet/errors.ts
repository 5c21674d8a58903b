import { RemoraError } from '../base/index.js';

/** Texts are those of the published server where it has one: clients compare them. */

export function configNotFound(name: string): RemoraError {
  return new RemoraError('config-not-found', `Config ${name} doesn't exist.`, {
    hint: 'ListConfigs has the names there are',
    details: { config: name },
  });
}

export function configExists(name: string): RemoraError {
  return new RemoraError('config-exists', `Config ${name} already exists.`, {
    hint: 'UpdateConfig changes it',
    details: { config: name },
  });
}

export function configBound(name: string, groups: readonly string[]): RemoraError {
  return new RemoraError(
    'config-bound',
    `Config ${name} was applied to some agent groups, cannot be deleted.`,
    {
      hint: `Remove it first from ${groups.join(', ')}`,
      details: { config: name, groups },
    },
  );
}

export function groupNotFound(name: string): RemoraError {
  return new RemoraError('group-not-found', `Agent group ${name} doesn't exist.`, {
    hint: 'ListAgentGroups has the names there are',
    details: { group: name },
  });
}

export function groupExists(name: string): RemoraError {
  return new RemoraError('group-exists', `Agent group ${name} already exists.`, {
    hint: 'UpdateAgentGroup changes it',
    details: { group: name },
  });
}

export function groupBound(name: string, configs: readonly string[]): RemoraError {
  return new RemoraError(
    'group-bound',
    `Agent group ${name} was applied to some configs, cannot be deleted.`,
    {
      hint: `Remove from it first ${configs.join(', ')}`,
      details: { group: name, configs },
    },
  );
}

export function defaultGroup(name: string): RemoraError {
  return new RemoraError('group-default', `Cannot delete agent group '${name}'`, {
    hint: 'It holds every agent, always',
  });
}

export function bindingExists(group: string, config: string): RemoraError {
  return new RemoraError('binding-exists', `Agent group ${group} already has config ${config}.`, {
    hint: 'Nothing needs to be done',
  });
}

export function bindingNotFound(group: string, config: string): RemoraError {
  return new RemoraError('binding-not-found', `Agent group ${group} doesn't have config ${config}.`, {
    hint: 'GetAppliedConfigsForAgentGroup has those it has',
  });
}

export function agentNotFound(id: string): RemoraError {
  return new RemoraError('agent-not-found', `Agent ${id} doesn't exist.`, {
    hint: 'An agent is known from its first heartbeat on',
  });
}

export function missing(message: string): RemoraError {
  return new RemoraError('parameter-missing', message, { hint: 'Send it' });
}

/** A value that is there and cannot be used. */
export function badParameter(message: string): RemoraError {
  return new RemoraError('parameter-invalid', message);
}

export function tooMany(what: string, limit: { name: string; value: number }): RemoraError {
  return new RemoraError('fleet-full', `There are ${limit.value} ${what} already, as many as are kept.`, {
    hint: `\`--limit ${limit.name}=N\` raises the limit`,
  });
}

export function bodyTooLarge(limit: { name: string; value: number }): RemoraError {
  return new RemoraError('body-too-large', `The body is larger than ${limit.value} bytes`, {
    hint: `Send less; \`--limit ${limit.name}=N\` of the server raises the limit`,
  });
}

/** Other servers changed the same thing again and again while we tried. */
export function contended(key: string): RemoraError {
  return new RemoraError('fleet-contended', `'${key}' is being changed by others; nothing was done.`, {
    hint: 'Try again',
  });
}
