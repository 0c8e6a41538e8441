export { bothObservers, observeEvents } from './observe-events.ts';
export { observeFunctions } from './observe-functions.ts';
export type { StackView } from './page/entry.ts';
export { createRecorder, type Recorder } from './recorder.ts';
export { type ConsoleDeps, consolePath, consoleRoute } from './route.ts';
export type { Switches } from './switches.ts';
