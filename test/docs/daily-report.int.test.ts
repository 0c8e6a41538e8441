import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { type Report, reportDay, reports, sales } from '../../docs/examples/daily-report.ts';
import { accept } from '../../src/domain/kernel/index.ts';
import { createScheduleHandler } from '../../src/handlers/runtime/index.ts';
import {
  createTestService,
  startTestDatabase,
  type TestDatabase,
  type TestService,
} from '../../src/testing/index.ts';
import { lambdaContext } from '../support/lambda.ts';

let database: TestDatabase;
let service: TestService<typeof sales>;
beforeAll(async () => {
  database = await startTestDatabase(sales);
}, 120_000);
afterAll(() => database?.stop());

beforeEach(async () => {
  service = createTestService(sales, database, { consumers: {} });
  await service.reset();
});

/** The schedule's function in one Region. */
const handlerIn = (region: TestService<typeof sales>['primary'], everySeconds?: number) =>
  createScheduleHandler({
    ...region,
    name: 'daily-report',
    everySeconds,
    runTick: reportDay(region.runner(reports), region.region),
  });

const made = async (): Promise<readonly Report[]> =>
  database.primary
    .db<{ 'sales.reports': Report }>()
    .selectFrom('sales.reports')
    .selectAll()
    .orderBy('day')
    .execute();

const statusOf = async (answer: Promise<unknown>): Promise<string> =>
  ((await answer) as { readonly status: string }).status;

const tick = { scheduledTime: '2026-11-30T06:00:00Z' };

it('makes one report of a day when both Regions run its tick at once', async () => {
  const { primary, secondary } = service;
  const statuses = await Promise.all(
    [primary, secondary, primary, secondary].map((region) =>
      statusOf(handlerIn(region)(tick, lambdaContext())),
    ),
  );
  expect(statuses.toSorted()).toEqual(['committed', 'replayed', 'replayed', 'replayed']);
  expect((await made()).map(({ day }) => day)).toEqual(['2026-11-30']);
  await service.settle();
  expect(service.bus.published.map(({ type }) => type)).toEqual(['ReportMade']);
});

it('makes the report in the Region that is left when the other one is lost', async () => {
  service.failures.loseRegion('primary');
  const { primary, secondary } = service;
  await expect(handlerIn(primary)(tick, lambdaContext())).rejects.toThrow();
  expect(await statusOf(handlerIn(secondary)(tick, lambdaContext()))).toBe('committed');
  service.failures.restoreRegion('primary');
  expect(await statusOf(handlerIn(primary)(tick, lambdaContext()))).toBe('replayed');
  expect(await made()).toEqual([{ day: '2026-11-30', region: secondary.region }]);
});

it('makes the report although a caller has sent a command with a key of the same text', async () => {
  const { primary, secondary } = service;
  const scheduledTime = '2026-11-30T06:00:00.000Z';
  const command = primary.runner(reports);
  const keys = [
    scheduledTime,
    JSON.stringify(['daily-report', scheduledTime]),
    JSON.stringify(['antipode.schedule', 'daily-report', scheduledTime]),
  ];
  for (const key of keys) {
    const { status } = await command.run({
      ...primary.run(),
      once: { kind: 'command', key, fingerprint: 'a caller may choose it' },
      decide: () => accept({ state: { day: key, region: '' }, events: [], result: null }),
    });
    expect(status).toBe('committed');
  }
  expect(await statusOf(handlerIn(secondary)(tick, lambdaContext()))).toBe('committed');
});

it('makes a report for the next tick', async () => {
  const { primary, secondary } = service;
  await handlerIn(primary)(tick, lambdaContext());
  await handlerIn(secondary)({ scheduledTime: '2026-12-01T06:00:00Z' }, lambdaContext());
  expect((await made()).map(({ day }) => day)).toEqual(['2026-11-30', '2026-12-01']);
});

it('takes the ticks of one period for the same one where the Regions have a rate', async () => {
  const { primary, secondary } = service;
  const late = { scheduledTime: '2026-11-30T06:41:07Z' };
  expect(await statusOf(handlerIn(primary, 3_600)(tick, lambdaContext()))).toBe('committed');
  expect(await statusOf(handlerIn(secondary, 3_600)(late, lambdaContext()))).toBe('replayed');
});

it('refuses an event that is no tick', async () => {
  const handler = handlerIn(service.primary);
  for (const wrong of [{}, null, { scheduledTime: 'yesterday' }, { scheduledTime: 6 }]) {
    await expect(handler(wrong, lambdaContext())).rejects.toThrow(/scheduledTime/);
  }
});
