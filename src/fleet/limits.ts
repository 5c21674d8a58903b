import { defineLimit } from '../base/index.js';

export const agentSilence = defineLimit({
  name: 'fleet-agent-silence-s',
  unit: 's',
  default: 40,
  summary:
    'Time without a heartbeat after which an agent counts as offline: three missed ones of the usual 12 s. So long it is "unknown since restart" after a start of the server',
});

export const agentForget = defineLimit({
  name: 'fleet-agent-forget-s',
  unit: 's',
  default: 12 * 3600,
  summary:
    'Time without a heartbeat after which an agent is forgotten: agents take a new id at every start of theirs',
});

export const agentCount = defineLimit({
  name: 'fleet-agents',
  unit: 'count',
  default: 100_000,
  summary: 'Agents that a server knows; a heartbeat of one more is answered ServerBusy (503)',
});

export const configCount = defineLimit({
  name: 'fleet-configs',
  unit: 'count',
  default: 10_000,
  summary: 'Names of configs that a server keeps, deleted ones included (their versions go on)',
});

export const groupCount = defineLimit({
  name: 'fleet-groups',
  unit: 'count',
  default: 10_000,
  summary: 'Agent groups that a server keeps',
});

export const nameBytes = defineLimit({
  name: 'fleet-name-bytes',
  unit: 'bytes',
  default: 200,
  summary: 'Name of a config or an agent group, and the id of an agent, in UTF-8',
});

export const configBytes = defineLimit({
  name: 'fleet-config-bytes',
  unit: 'bytes',
  default: 768 * 1024,
  summary: 'Body of a call that brings a config; over it 413',
});

export const callBytes = defineLimit({
  name: 'fleet-call-bytes',
  unit: 'bytes',
  default: 64 * 1024,
  summary: 'Body of any other ConfigServer call, a heartbeat among them; over it 413',
});

export const heldBytes = defineLimit({
  name: 'fleet-held-bytes',
  unit: 'bytes',
  default: 1024 * 1024,
  summary: 'Body of GetConfigList, which names every config that the agent holds; over it 413',
});

export const alarmRecords = defineLimit({
  name: 'fleet-alarms',
  unit: 'count',
  default: 100_000,
  summary: 'Alarms kept; the oldest go first',
});

export const alarmAge = defineLimit({
  name: 'fleet-alarm-age-s',
  unit: 's',
  default: 30 * 86_400,
  summary: 'Time for which an alarm is kept',
});

export const statRecords = defineLimit({
  name: 'fleet-statistics',
  unit: 'count',
  default: 200_000,
  summary: 'Reports of running statistics kept; the oldest go first',
});

export const statAge = defineLimit({
  name: 'fleet-statistic-age-s',
  unit: 's',
  default: 7 * 86_400,
  summary: 'Time for which a report of running statistics is kept',
});

export const statReplay = defineLimit({
  name: 'fleet-statistics-replayed',
  unit: 'count',
  default: 20_000,
  summary: "Newest reports read at start to know each agent's last running statistics",
});

export const alarmsAnswered = defineLimit({
  name: 'fleet-alarms-answered',
  unit: 'count',
  default: 1000,
  summary: 'Alarms in one answer of /remora/fleet/alarms',
});
