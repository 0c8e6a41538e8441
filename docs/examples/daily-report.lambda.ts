import { serveSchedule } from 'antipode/handlers';
import { reportDay, reports, sales } from './daily-report.ts';

export const handler = await serveSchedule(sales, 'daily-report', ({ runner, region }) =>
  reportDay(runner(reports), region),
);
