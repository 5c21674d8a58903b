import { errorText } from '../../base/index.js';
import type { NestedLaunch } from '../../wire/index.js';
import { gone } from '../protocol/refusal.js';
import { type CallAnswer, type CallContext, defineCall } from './call.js';
import { checkSession } from './checks.js';
import { idText } from './containerId.js';
import { checkSupported, IN_USE } from './launch.js';

/** A container that lives as long as its call: whatever ends the one ends the other. */
export const launchNestedContainerSession = defineCall({
  type: 'LAUNCH_NESTED_CONTAINER_SESSION',
  body: 'launch_nested_container_session',
  role: 'operator',
  permission: 'containers',
  streams: 'output',
  audited: true,
  validate: checkSession,
  run: launchSession,
});

async function launchSession(context: CallContext, body: NestedLaunch): Promise<CallAnswer> {
  const { live, caller, signal, log } = context;
  checkSupported(body);
  const { container_id: id, command, container } = body;
  const outcome = await live.launch({ id, command, container, class: 'debug', caller });
  if (outcome === 'exists') return IN_USE;
  const closed = async (): Promise<void> => {
    try {
      await live.destroy(id);
    } catch (error) {
      log.error({ container: idText(id), reason: errorText(error) }, 'a session could not be ended');
    }
  };
  try {
    // Nobody is left to end it, if the client went while it was being started.
    if (signal.aborted) throw gone();
    return { kind: 'stream', reader: await live.attachOutput(id), closed };
  } catch (error) {
    await closed();
    throw error;
  }
}
