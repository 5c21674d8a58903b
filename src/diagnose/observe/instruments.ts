import { RemoraError } from '../../base/index.js';
import type { Target, TargetInstruments } from '../../target/index.js';
import type { DiagnoseServices } from '../services.js';

/**
 * The instruments of a process; installs none by itself.
 * @throws RemoraError `no-instruments` where this agent has none
 */
export function instrumentsFor({ instruments }: DiagnoseServices, target: Target): TargetInstruments {
  if (!instruments) throw new RemoraError('no-instruments', 'this agent installs no instruments');
  return instruments(target);
}
