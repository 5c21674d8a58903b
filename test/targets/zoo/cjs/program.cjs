// Everything of the zoo in one process, from CommonJS; calls what the specimens export.
const { keep } = require('../../dist/zoo/transpiled/keeper.js');
const { held } = require('../../dist/zoo/transpiled/held.js');
const addDefault = require('./addDefault.cjs');
const lib = require('./specimens.cjs');
const { takenApart } = lib;

const exported = [
  {
    kind: 'export',
    name: 'addExported',
    call: (a, b) => lib.addExported(a, b),
    self: () => lib,
    slot: () => ({ of: lib, key: 'addExported' }),
  },
  {
    kind: 'export-taken-apart',
    name: 'takenApart',
    call: (a, b) => takenApart(a, b),
    slot: () => ({ of: lib, key: 'takenApart' }),
  },
  {
    kind: 'export-const',
    name: 'addArrow',
    call: (a, b) => lib.addArrow(a, b),
    slot: () => ({ of: lib, key: 'addArrow' }),
  },
  {
    kind: 'default-export',
    name: 'addDefault',
    module: 'addDefault',
    call: (a, b) => addDefault(a, b),
    slot: () => ({ read: () => addDefault }),
  },
];

void held().then((others) => keep([...exported, ...lib.specimens, ...others]));
