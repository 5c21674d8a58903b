/** The reference's cases of nested containers (shared/wire/mesos-agent.md 6.2), with real processes. */
import assert from 'node:assert/strict';
import { readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { Call } from '../../../src/wire/index.js';
import type { ApiBench } from '../support/apiBench.js';
import { idOf } from '../support/host.js';
import { launchOf, realBench } from '../support/realBench.js';

function kill(id: string, signal?: number): Call {
  return { type: 'KILL_CONTAINER', kill_container: { container_id: idOf(id), signal } };
}

/** Each for the two kinds of launch calls (C of the sheet's 6.2). */
for (const nested of [true, false]) {
  const launchNested = (bench: ApiBench, id: string, value: string) =>
    bench.call(
      nested
        ? { type: 'LAUNCH_NESTED_CONTAINER', launch_nested_container: launchOf(id, value) }
        : { type: 'LAUNCH_CONTAINER', launch_container: launchOf(id, value) },
    );
  const waitFor = async (bench: ApiBench, id: string): Promise<number | undefined> => {
    const body = { container_id: idOf(id) };
    const answer = await bench.object(
      nested
        ? { type: 'WAIT_NESTED_CONTAINER', wait_nested_container: body }
        : { type: 'WAIT_CONTAINER', wait_container: body },
    );
    return (answer.wait_nested_container ?? answer.wait_container)?.exit_status;
  };

  describe(`nested containers, ${nested ? 'deprecated calls' : 'calls of today'}`, () => {
    it('NestedContainerLaunch: waits until it is killed', async (t) => {
      const { bench } = await realBench(t);
      assert.equal((await launchNested(bench, 'root.c', 'exec sleep 1000')).status, 200);
      const end = waitFor(bench, 'root.c');
      assert.equal(await Promise.race([end, new Promise((go) => setTimeout(go, 100, 'waits'))]), 'waits');
      assert.equal((await bench.call(kill('root.c'))).status, 200);
      assert.equal(await end, 9);
    });

    it('NestedContainerNotFound', async (t) => {
      const { bench } = await realBench(t);
      await assert.rejects(waitFor(bench, 'root.none'), /404 Container root.none cannot be found/);
      const { status, text } = await bench.call(kill('root.none'));
      assert.deepEqual([status, text], [404, "Container 'root.none' cannot be found (or is already killed)"]);
    });

    it('NestedContainerFailLaunch, …LaunchFalse, …UnknownParent', async (t) => {
      const { bench } = await realBench(t);
      const body = {
        container_id: idOf('root.c'),
        command: { value: 'true', uris: [{ value: 'file:///nowhere' }] },
      };
      const fetch = await bench.call({ type: 'LAUNCH_NESTED_CONTAINER', launch_nested_container: body });
      assert.equal(fetch.status, 400);
      assert.match(fetch.text, /^Failed to fetch all URIs for container 'root.c'/);
      const unknown = await launchNested(bench, 'nowhere.c', 'true');
      assert.deepEqual([unknown.status, unknown.text], [400, 'Parent container nowhere does not exist']);
    });

    it('TwoLevelNestedContainerLaunch', async (t) => {
      const { bench } = await realBench(t);
      await launchNested(bench, 'root.c', 'exec sleep 1000');
      await launchNested(bench, 'root.c.g', 'exec sleep 1000');
      const [child, grandchild] = [waitFor(bench, 'root.c'), waitFor(bench, 'root.c.g')];
      await bench.call(kill('root.c.g'));
      assert.equal(await grandchild, 9);
      assert.equal((await launchNested(bench, 'root.c', 'true')).status, 202);
      await bench.call(kill('root.c'));
      assert.equal(await child, 9);
    });

    it('NestedContainerIdempotentLaunch', async (t) => {
      const { bench } = await realBench(t);
      const statuses: number[] = [];
      for (let round = 0; round < 4; round++) {
        statuses.push((await launchNested(bench, 'root.c', 'exec sleep 1000')).status);
      }
      assert.deepEqual(statuses, [200, 202, 202, 202]);
    });

    it('Remove, and a terminated id again', async (t) => {
      const { bench, containers } = await realBench(t);
      await launchNested(bench, 'root.c', 'echo out; exit 3');
      assert.equal(await waitFor(bench, 'root.c'), 768);
      assert.equal(await waitFor(bench, 'root.c'), 768);
      const sandbox = containers.list().find(({ id }) => id.value === 'c')?.sandbox ?? '';
      assert.equal(readFileSync(join(sandbox, 'stdout'), 'utf8'), 'out\n');
      const body = { container_id: idOf('root.c') };
      const remove = (): Promise<{ status: number; text: string }> =>
        bench.call(
          nested
            ? { type: 'REMOVE_NESTED_CONTAINER', remove_nested_container: body }
            : { type: 'REMOVE_CONTAINER', remove_container: body },
        );
      assert.equal((await remove()).status, 200);
      await assert.rejects(waitFor(bench, 'root.c'), /404/);
      assert.throws(() => readlinkSync(sandbox));
      // Nothing is left to be removed, which is as well.
      assert.equal((await remove()).status, 200);
      assert.equal((await launchNested(bench, 'root.c', 'exec sleep 1000')).status, 200);
      const { status, text } = await remove();
      assert.deepEqual([status, text], [500, 'Nested container has not terminated yet']);
    });
  });
}
