export { createLogStore, type LogStore } from './log-store.ts';
export { logsRoute } from './route.ts';
