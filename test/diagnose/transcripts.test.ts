import { after, before, test } from 'node:test';
import { Bench } from './support/bench.js';
import { play, transcripts } from './support/transcript.js';

let bench: Bench;

before(async () => {
  bench = await Bench.start();
});

after(() => bench.close());

for (const prefix of ['action-', 'basic-']) {
  for (const [file, transcript] of transcripts(prefix)) {
    test(`${file}: ${transcript.about}`, async () => {
      bench.user = file;
      await play(transcript, async (body) => (await bench.post(body)).text());
    });
  }
}
