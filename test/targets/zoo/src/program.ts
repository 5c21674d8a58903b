/** Everything of the zoo in one process; calls what the specimens export. */
import { held } from './held.js';
import { keep, type Specimen } from './keeper.js';
import addDefault, * as lib from './specimens.js';
import { addArrow, specimens, takenApart } from './specimens.js';

const exported: readonly Specimen[] = [
  {
    kind: 'export',
    name: 'addExported',
    call: (a, b) => lib.addExported(a, b),
    slot: () => ({ read: () => lib.addExported }),
  },
  {
    kind: 'export-taken-apart',
    name: 'takenApart',
    call: (a, b) => takenApart(a, b),
    slot: () => ({ read: () => takenApart }),
  },
  {
    kind: 'export-const',
    name: 'addArrow',
    call: (a, b) => addArrow(a, b),
    slot: () => ({ read: () => addArrow }),
  },
  {
    kind: 'default-export',
    name: 'addDefault',
    call: (a, b) => addDefault(a, b),
    slot: () => ({ read: () => addDefault }),
  },
];

void held().then((others) => keep([...exported, ...specimens, ...others]));
