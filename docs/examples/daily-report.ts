import {
  accept,
  type DomainEvent,
  defineService,
  type ScheduleContext,
  type ScheduleTick,
  type WorkRunner,
} from 'antipode/domain';
import { type DsqlRepository, statement } from 'antipode/dsql';
import { object, string } from 'valibot';

/** Sales, and a report of each day. */
export const sales = defineService({
  name: 'sales',
  source: 'shop.sales',
  schema: 'sales',
  migrations: [
    {
      id: 'sales-0001-reports',
      ddl: 'CREATE TABLE sales.reports (day text PRIMARY KEY, region text NOT NULL)',
    },
  ],
  events: { ReportMade: { version: 1, schema: object({ day: string() }) } },
  consumers: {},
});

/** A report, with the Region that has made it. */
export type Report = { readonly day: string; readonly region: string };

export const reports: DsqlRepository<never, Report> = {
  empty: { day: '', region: '' },
  load: () => [],
  toState: () => reports.empty,
  save: ({ day, region }) => [statement('INSERT INTO sales.reports VALUES ($1, $2)', day, region)],
};

type ReportMade = DomainEvent<'ReportMade', { readonly day: string }, 1>;

/** Runs in both Regions each morning, and makes one report. */
export const reportDay =
  (runner: WorkRunner<never, Report, ReportMade>, region: string) =>
  ({ scheduledTime }: ScheduleTick, run: ScheduleContext) => {
    const day = scheduledTime.slice(0, 10);
    const event: ReportMade = {
      type: 'ReportMade',
      schemaVersion: 1,
      subject: day,
      aggregateVersion: 1,
      data: { day },
    };
    return runner.run({
      ...run,
      decide: () => accept({ state: { day, region }, events: [event], result: null }),
    });
  };
