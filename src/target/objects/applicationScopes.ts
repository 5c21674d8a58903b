import type { AnchorQuery } from '../../probe/index.js';
import { anchorMs, anchorObjects } from './limits.js';
import { registerScopes } from './moduleScope.js';
import type { RemoteObjects, RemoteValue } from './remoteObjects.js';

const DEPTH = 6;

/** [[Scopes]] of functions that the application exports, listens with or serves with: at most 64, one look each. */
export async function applicationScopes(objects: RemoteObjects): Promise<RemoteValue[]> {
  const query: AnchorQuery = {
    path: '',
    url: '',
    names: [],
    texts: [],
    depth: DEPTH,
    objects: anchorObjects.value,
    ms: anchorMs.value,
  };
  const register = await registerScopes(objects);
  const functions = await objects.elements(
    await objects.tool('applicationFunctions', { value: query }, register),
  );
  const scopes: RemoteValue[] = [];
  for (const fn of functions) {
    const facts = await objects.facts(fn);
    if (facts.scopes) scopes.push(facts.scopes);
  }
  return scopes;
}
