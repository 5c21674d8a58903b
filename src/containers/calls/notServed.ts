import type { CallType } from '../../wire/index.js';
import { type AgentCall, defineCall, defineGetter } from './call.js';

/** Known, checked, and answered 501: docs/compat.md says why. */
export const notServed: readonly AgentCall[] = [
  withoutBody('GET_FLAGS'),
  defineCall({ type: 'LIST_FILES', body: 'list_files', role: 'viewer' }),
  defineCall({ type: 'READ_FILE', body: 'read_file', role: 'viewer' }),
  defineCall({ type: 'PRUNE_IMAGES', body: 'prune_images', optionalBody: true, role: 'viewer' }),
  provider('ADD_RESOURCE_PROVIDER_CONFIG', 'add_resource_provider_config'),
  provider('UPDATE_RESOURCE_PROVIDER_CONFIG', 'update_resource_provider_config'),
  provider('REMOVE_RESOURCE_PROVIDER_CONFIG', 'remove_resource_provider_config'),
  provider('MARK_RESOURCE_PROVIDER_GONE', 'mark_resource_provider_gone'),
  withoutBody('UNKNOWN'),
];

function withoutBody(type: CallType): AgentCall {
  return { ...defineGetter(type, () => ({})), run: undefined };
}

function provider(
  type: CallType,
  body:
    | 'add_resource_provider_config'
    | 'update_resource_provider_config'
    | 'remove_resource_provider_config'
    | 'mark_resource_provider_gone',
): AgentCall {
  return defineCall({ type, body, role: 'viewer' });
}
