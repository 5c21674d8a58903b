/** Checks that several calls make before any work (shared/wire/mesos-agent.md 3.2, 4.3). `name` is the body's field. */
import type { ContainerCall, ContainerLaunch, NestedLaunch, Resource } from '../../wire/index.js';
import { invalid } from '../protocol/refusal.js';
import { depthOf, idFault } from './containerId.js';
import { commandFault, containerFault } from './launchFaults.js';

export function checkId({ container_id }: ContainerCall, name: string): void {
  const fault = idFault(container_id);
  if (fault) throw invalid(`'${name}.container_id' is invalid: ${fault}`);
}

export function checkNestedId(body: ContainerCall, name: string): void {
  checkId(body, name);
  if (!body.container_id.parent) throw invalid(`Expecting '${name}.container_id.parent' to be present`);
}

function checkWhatRuns({ command, container }: NestedLaunch, name: string): void {
  const wrongCommand = command && commandFault(command);
  if (wrongCommand) throw invalid(`'${name}.command' is invalid: ${wrongCommand}`);
  const wrongContainer = container && containerFault(container);
  if (wrongContainer) throw invalid(`'${name}.container' is invalid: ${wrongContainer}`);
}

export function checkNestedLaunch(body: NestedLaunch, name: string): void {
  checkNestedId(body, name);
  checkWhatRuns(body, name);
  const ownCgroup = body.container?.linux_info?.share_cgroups === false;
  if (ownCgroup && depthOf(body.container_id) >= 2)
    throw invalid(tooDeep(name, "set 'share_cgroups' to 'false'"));
}

export function checkSession(body: NestedLaunch, name: string): void {
  checkNestedId(body, name);
  checkWhatRuns(body, name);
  if (body.container?.linux_info?.share_cgroups === false) {
    const fault = "'share_cgroups' cannot be set to 'false' for nested container sessions";
    throw invalid(`'${name}.container.linux_info' is invalid: ${fault}`);
  }
}

function tooDeep(name: string, what: string): string {
  return `'${name}' is invalid: containers nested at the second level or greater cannot ${what}`;
}

export function checkLaunch(body: ContainerLaunch, name: string): void {
  checkId(body, name);
  const { resources = [], limits = {}, container_id, container } = body;
  const depth = depthOf(container_id);
  for (const resource of resources) checkResource(resource, name, depth === 0);
  checkWhatRuns(body, name);
  const shares = container?.linux_info?.share_cgroups;
  if (depth === 0 && shares === true) {
    throw invalid(`'${name}' is invalid: containers without a parent cannot set 'share_cgroups' to 'true'`);
  }
  if (depth < 2) return;
  if (resources.length > 0) throw invalid(tooDeep(name, 'specify resources'));
  if (Object.keys(limits).length > 0) throw invalid(tooDeep(name, 'specify resource limits'));
  if (shares === false) throw invalid(tooDeep(name, "set 'share_cgroups' to 'false'"));
}

function checkResource(resource: Resource, name: string, root: boolean): void {
  const value = resource.scalar?.value;
  if (resource.type === 'SCALAR' && (value === undefined || !(value >= 0))) {
    throw invalid(`Invalid resources: Invalid scalar resource '${resource.name}'`);
  }
  if (resource.name === 'gpus' && !Number.isInteger(value)) {
    throw invalid("Invalid GPU resources: The 'gpus' resource must be an unsigned integer");
  }
  if (!root) return;
  const { role = '*', reservation, reservations = [], disk, revocable } = resource;
  if (role !== '*' || reservation || reservations.length > 0) {
    throw invalid(`'${name}.resources' must be unreserved`);
  }
  if (disk?.persistence) throw invalid(`'${name}.resources' may not use persistent volumes`);
  if (revocable) throw invalid(`'${name}.resources' must be non-revocable`);
}
