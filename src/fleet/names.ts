import { badParameter } from './errors.js';
import { nameBytes } from './limits.js';

const CONTROL = /[\u0000-\u001f\u007f]/;

function checkName(what: string, name: string): void {
  const bytes = Buffer.byteLength(name);
  const limit = nameBytes.value;
  if (bytes > limit) throw badParameter(`${what} has ${bytes} bytes; the limit is ${limit}.`);
  if (CONTROL.test(name)) throw badParameter(`${what} has a control character in it.`);
}

/** Agents in the field keep a config in a file `NAME@VERSION.yaml`, and one name is their own. */
export function checkConfigName(name: string): void {
  checkName('ConfigName', name);
  if (/[/@]/.test(name))
    throw badParameter("ConfigName cannot have '/' or '@' in it: agents make it a file's name.");
  if (name === '.' || name === '..' || name === 'region_config') {
    throw badParameter(`ConfigName cannot be '${name}': agents make it a file's name.`);
  }
}

export function checkGroupName(name: string): void {
  checkName('GroupName', name);
}

export function checkAgentId(id: string): void {
  checkName('AgentID', id);
}
