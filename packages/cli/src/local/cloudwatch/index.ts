export { type LocalAlarm, readAlarm } from './alarm.ts';
export { cloudWatchRoute } from './route.ts';
