/** What is wrong with what a container is to run and to be (shared/wire/mesos-agent.md 3.2); undefined = nothing. */
import type {
  CommandInfo,
  ContainerInfo,
  EnvironmentVariable,
  Secret,
  Volume,
  VolumeSource,
} from '../../wire/index.js';

export function commandFault(command: CommandInfo): string | undefined {
  for (const variable of command.environment?.variables ?? []) {
    const fault = variableFault(variable);
    if (fault) return fault;
  }
  return undefined;
}

function variableFault(variable: EnvironmentVariable): string | undefined {
  const { name, type = 'VALUE', value, secret } = variable;
  const says = `Environment variable '${name}'`;
  switch (type) {
    case 'SECRET': {
      if (!secret) return `${says} of type 'SECRET' must have a secret set`;
      if (value !== undefined) return `${says} of type 'SECRET' must not have a value set`;
      const fault = secretFault(secret);
      if (fault) return `${says} specifies an invalid secret: ${fault}`;
      return secret.value?.data.includes(0)
        ? `${says} specifies a secret containing null bytes, which is not allowed in the environment`
        : undefined;
    }
    case 'VALUE':
      if (value === undefined) return `${says} of type 'VALUE' must have a value set`;
      return secret ? `${says} of type 'VALUE' must not have a secret set` : undefined;
    case 'UNKNOWN':
      return "Environment variable of type 'UNKNOWN' is not allowed";
  }
}

function secretFault({ type, reference, value }: Secret): string | undefined {
  if (type === 'REFERENCE') {
    if (!reference) return "Secret of type REFERENCE must have the 'reference' field set";
    if (value) return `Secret '${reference.name}' of type REFERENCE must not have the 'value' field set`;
  } else if (type === 'VALUE') {
    if (!value) return "Secret of type VALUE must have the 'value' field set";
    if (reference) return "Secret of type VALUE must not have the 'reference' field set";
  }
  return undefined;
}

export function containerFault(container: ContainerInfo): string | undefined {
  for (const volume of container.volumes ?? []) {
    const fault = volumeFault(volume);
    if (fault) return `Invalid volume: ${fault}`;
  }
  if (container.type !== 'DOCKER') return undefined;
  if (!container.docker) return "DockerInfo 'docker' is not set for DOCKER typed ContainerInfo";
  const named = container.docker.parameters?.some(({ key }) => key === 'name');
  return named ? "Parameter in DockerInfo must not be 'name'" : undefined;
}

const SOURCE_MESSAGES = {
  DOCKER_VOLUME: 'docker_volume',
  SANDBOX_PATH: 'sandbox_path',
  SECRET: 'secret',
  HOST_PATH: 'host_path',
  CSI_VOLUME: 'csi_volume',
} as const satisfies Record<string, keyof VolumeSource>;

function volumeFault({ host_path, image, source }: Volume): string | undefined {
  if ([host_path, image, source].filter((one) => one !== undefined).length !== 1) {
    return "Only one of them should be set: 'host_path', 'image' and 'source'";
  }
  const type = source?.type;
  if (!source || type === undefined || type === 'UNKNOWN')
    return source ? "'source.type' is unknown" : undefined;
  const member = SOURCE_MESSAGES[type];
  return source[member] === undefined ? `'source.${member}' is not set for ${type} volume` : undefined;
}
