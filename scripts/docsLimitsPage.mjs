// docs/limits.md: every bound that has a name.
import { code, NOTICE, page, table } from './markdown.mjs';

export function limitsPage(limits) {
  return page(
    NOTICE,
    '# Limits',
    'Every bound of Remora has a name and a default. `--limit NAME=VALUE` of `remora agent` and `remora up` sets one, ' +
      'in the unit given here; whatever goes over a limit gets the error of its own protocol.',
    table(
      ['name', 'default', 'unit', 'what it bounds'],
      limits.map((limit) => [code(limit.name), amount(limit), limit.unit, limit.summary]),
    ),
  );
}

function amount({ default: value, unit }) {
  const steps = [
    ['GiB', 1024 ** 3],
    ['MiB', 1024 ** 2],
    ['KiB', 1024],
  ];
  const step = unit === 'bytes' ? steps.find(([, size]) => value >= size && value % size === 0) : undefined;
  return step ? `${value} (${value / step[1]} ${step[0]})` : String(value);
}
