import { RemoraError } from '../../base/index.js';

export const retransformErrors = {
  tooMany: (most: number) =>
    new RemoraError(
      'too-many-retransforms',
      `${most} functions of this process are replaced, the most at once`,
      {
        hint: '`retransform -l` lists them, `retransform -d ID` puts one back',
      },
    ),
};
