import type { CallType } from '../../wire/index.js';
import { attachContainerInput } from './attachInput.js';
import { attachContainerOutput } from './attachOutput.js';
import type { AgentCall } from './call.js';
import { getContainers } from './getContainers.js';
import { emptyGetters, getAgent, getHealth, getMetrics, getVersion } from './getters.js';
import { killContainer, killNestedContainer } from './killContainer.js';
import { launchContainer, launchNestedContainer } from './launch.js';
import { launchNestedContainerSession } from './launchSession.js';
import { getLoggingLevel, setLoggingLevel } from './loggingLevel.js';
import { notServed } from './notServed.js';
import { removeContainer, removeNestedContainer } from './removeContainer.js';
import { waitContainer, waitNestedContainer } from './waitContainer.js';

/** Every call that we know by its type. */
export const AGENT_CALLS: ReadonlyMap<CallType, AgentCall> = new Map(
  [
    launchContainer,
    launchNestedContainer,
    launchNestedContainerSession,
    attachContainerInput,
    attachContainerOutput,
    waitContainer,
    waitNestedContainer,
    killContainer,
    killNestedContainer,
    removeContainer,
    removeNestedContainer,
    getContainers,
    getHealth,
    getVersion,
    getMetrics,
    getAgent,
    getLoggingLevel,
    setLoggingLevel,
    ...emptyGetters,
    ...notServed,
  ].map((call): [CallType, AgentCall] => [call.type, call]),
);
