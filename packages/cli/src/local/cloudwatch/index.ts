export { type LocalAlarm, readAlarm } from './alarm.ts';
export { embeddedMetrics } from './embedded-metrics.ts';
export { evaluateAlarm } from './evaluate-alarm.ts';
export { createMetricStore, type MetricStore } from './metric-store.ts';
export { cloudWatchRoute } from './route.ts';
