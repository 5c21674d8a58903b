/** The thread that reads a snapshot and reports on it: a heap of 30 MB is two million references. */
import { parentPort, workerData } from 'node:worker_threads';
import { heapReport, referenceReport } from './heapReport.js';
import { type SnapshotLimits, SnapshotReader } from './snapshotReader.js';
import type { SnapshotQuestion } from './takeSnapshot.js';

interface Data {
  readonly limits: SnapshotLimits;
  readonly question: SnapshotQuestion;
}

const { limits, question } = workerData as Data;
const reader = new SnapshotReader(limits);
let failure: string | undefined;

parentPort?.on('message', (piece: string | null) => {
  try {
    if (piece !== null) {
      if (failure === undefined) reader.push(piece);
      return;
    }
    if (failure !== undefined) throw new Error(failure);
    const snapshot = reader.finish();
    const answer =
      question.about === 'heap'
        ? heapReport(snapshot, question.classNum, question.objectNum)
        : referenceReport(snapshot, question.className, question.levels, question.most);
    parentPort?.postMessage({ answer });
  } catch (error) {
    failure = (error as Error).message;
    if (piece === null) parentPort?.postMessage({ failure });
  }
});
