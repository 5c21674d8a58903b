import { after, before, test } from 'node:test';
import type { SpawnedTarget } from '../../support/index.js';
import { type LiveBench, liveBench, liveTarget } from '../support/liveBench.js';
import { play, transcripts } from '../support/transcript.js';

let live: LiveBench;
let subject: SpawnedTarget;

before(async () => {
  live = await liveBench();
  subject = await liveTarget(22, 'secrets.cjs', { args: ['--token=topsecret-argument'] });
});

after(async () => {
  await live.close();
  await subject.stop();
});

for (const [file, transcript] of transcripts('facts-')) {
  test(`${file}: ${transcript.about}`, async () => {
    await play(transcript, async (body) => {
      const request = { ...(JSON.parse(body) as object), process: String(subject.pid) };
      return (await live.bench.post(JSON.stringify(request))).text();
    });
  });
}
