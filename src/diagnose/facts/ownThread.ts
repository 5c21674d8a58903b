import { type Target, threadIdHere } from '../../target/index.js';

const known = new WeakMap<Target, Promise<number | undefined>>();

/** The OS thread of our own Worker in a target; undefined where there is none or it cannot be told. */
export function ownThread(target: Target): Promise<number | undefined> {
  let tid = known.get(target);
  if (!tid) {
    tid = ask(target).catch(() => undefined);
    known.set(target, tid);
  }
  return tid;
}

async function ask(target: Target): Promise<number | undefined> {
  if (target.channel !== 'worker') return undefined;
  const { tid } = await target.worker<{ tid: number }>('ownThread');
  return tid > 0 ? threadIdHere(target.process.pid, tid) : undefined;
}
