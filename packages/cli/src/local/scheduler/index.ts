export { schedulerRoute } from './api.ts';
export type { NextAfter } from './cron.ts';
export { InvalidSchedule, parseCron } from './cron.ts';
export type { ScheduleDefinition } from './definition.ts';
export { readSchedule } from './definition.ts';
export { parseScheduleExpression } from './expression.ts';
export type { Schedules, SchedulesOptions } from './schedules.ts';
export { startSchedules } from './schedules.ts';
