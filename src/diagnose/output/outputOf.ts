import type { DiagnoseServices } from '../services.js';
import { noOutputFolder } from './errors.js';
import type { OutputService } from './types.js';

/** The output folder of the agent. @throws RemoraError `no-output-folder` */
export function outputOf(services: DiagnoseServices): OutputService {
  if (!services.output) throw noOutputFolder();
  return services.output;
}
