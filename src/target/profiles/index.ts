export { AWAIT_NAME, AwaitTree } from './awaitTree.js';
export { type Taken, takeCpu } from './cpu.js';
export { profileErrors } from './errors.js';
export { defaultSampleBytes, type HeapTaken, takeGrowth, takeHeap } from './heap.js';
export { heapUsed, type SnapshotSink, takeHeapSnapshot } from './heapSnapshot.js';
export { heapSampleBytes, profileNodes, profileRate, profileSeconds } from './limits.js';
export { type FrameTable, Naming, type ShownFunction } from './naming.js';
export {
  type RecordedEvent,
  Recording,
  type RecordingOptions,
  type ThreadTree,
} from './recording.js';
export { type ProfileTurn, takeProfileTurn } from './turns.js';
