import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  type ConsumerContext,
  type ConsumerEvent,
  refuse,
} from '../../../src/domain/kernel/index.ts';
import {
  createTestService,
  startTestDatabase,
  type TestDatabase,
  type TestService,
  testClock,
  testIds,
} from '../../../src/testing/index.ts';
import { postgresUrl } from '../../support/postgres-url.ts';
import {
  type Booking,
  booking,
  countSeats,
  createReserve,
  decideReserve,
  noShow,
  occupancy,
  shows,
} from '../booking.ts';

type Tables = {
  readonly 'booking.shows': { id: string; free: string | number; version: number };
  readonly 'booking.occupancy': { region: string; show: string; seats: string };
};

let database: TestDatabase;
let service: TestService<Booking>;
/** The events that the consumer of copies has got. */
let notices: [ConsumerEvent<Booking, 'notices'>, ConsumerContext][];
let isFull: boolean;
const clock = testClock();

beforeAll(async () => {
  database = await startTestDatabase(booking, { postgres: postgresUrl() });
  service = createTestService(booking, database, {
    clock,
    consumers: {
      occupancy: ({ runner, region }) => countSeats(runner(occupancy), region),
      notices:
        ({ runner }) =>
        (event, run) => {
          notices.push([event, run]);
          return runner(shows).run({
            ...run,
            decide: () =>
              isFull
                ? refuse('Full', 'No room is left for notices')
                : { accepted: true, state: noShow, events: [], result: null },
          });
        },
    },
  });
});
beforeEach(async () => {
  notices = [];
  isFull = false;
  await service.reset();
  const { db } = service.primary;
  await db<Tables>()
    .insertInto('booking.shows')
    .values({ id: 'hamlet', free: 9, version: 0 })
    .execute();
});
afterAll(() => database.stop());

const never = async () => Promise.reject(new Error('nothing is delivered'));

const reserve = (key: string, seats = 2, { runner, run } = service.primary) =>
  createReserve(runner(shows))(key, { show: 'hamlet', seats }, run());

const counted = () =>
  service.primary
    .db<Tables>()
    .selectFrom('booking.occupancy')
    .select(['region', 'seats'])
    .orderBy('region')
    .execute();

describe('a service in one process', () => {
  it('takes a command once, in whichever Region it comes again', async () => {
    expect(await reserve('r-1')).toMatchObject({ status: 'committed', result: { left: 7 } });
    expect(await reserve('r-1', 2, service.secondary)).toEqual({
      status: 'replayed',
      result: { left: 7 },
    });
    expect(await reserve('r-2', 8)).toMatchObject({ status: 'refused' });
    expect(service.bus.published).toHaveLength(1);
  });

  it('delivers an event to the consumers of its Region and to those of copies', async () => {
    await reserve('r-1');
    await reserve('r-2', 3, service.secondary);
    expect(await service.deliver()).toMatchObject([
      { consumer: 'occupancy', region: 'us-east-1', status: 'committed' },
      { consumer: 'notices', region: 'us-west-2', status: 'committed' },
      { consumer: 'notices', region: 'us-east-1', status: 'committed' },
      { consumer: 'occupancy', region: 'us-west-2', status: 'committed' },
    ]);
    expect(await counted()).toEqual([
      { region: 'us-east-1', seats: '2' },
      { region: 'us-west-2', seats: '3' },
    ]);
  });

  it('lets an event take effect once that comes three times', async () => {
    await reserve('r-1');
    const delivered = await service.deliver({ copies: 3 });
    expect(delivered.map(({ consumer, status }) => `${consumer} ${status}`)).toEqual([
      'occupancy committed',
      'occupancy replayed',
      'occupancy replayed',
      'notices committed',
      'notices replayed',
      'notices replayed',
    ]);
    expect(await counted()).toEqual([{ region: 'us-east-1', seats: '2' }]);
  });

  it('tells a consumer the time of the clock, its name and where the event comes from', async () => {
    clock.advance(1_000);
    const now = clock.now();
    await createReserve(service.primary.runner(shows))(
      'r-1',
      { show: 'hamlet', seats: 2 },
      service.primary.run({ correlationid: 'c-1' }),
    );
    clock.advance(500);
    await service.deliver();
    const [event, run] = notices[0] ?? [];
    expect(event).toMatchObject({
      time: new Date(now).toISOString(),
      originregion: 'us-east-1',
      correlationid: 'c-1',
      data: { show: 'hamlet', seats: 2 },
    });
    expect(run).toMatchObject({
      now: now + 500,
      causation: { correlationid: 'c-1', causationid: event?.id },
      once: { kind: 'event', consumer: 'notices', eventId: event?.id },
    });
  });

  it('keeps the events of commands while the bus cannot be reached, and relays them later', async () => {
    service.bus.setReachable(false);
    expect(await reserve('r-1')).toMatchObject({ status: 'committed' });
    expect(await service.relay()).toBe(0);
    expect(service.bus.published).toEqual([]);
    service.bus.setReachable(true);
    expect(await service.relay()).toBe(1);
    expect(await service.relay()).toBe(0);
    await service.deliver();
    expect(await counted()).toEqual([{ region: 'us-east-1', seats: '2' }]);
  });

  it('relays an event that the bus rejects when its next attempt is due, and not before', async () => {
    const { bus } = service;
    // The longest wait by jitter. It doubles with each attempt: half an hour after the twelfth.
    const random = vi.spyOn(Math, 'random').mockReturnValue(0.999);
    bus.setRejection(() => ({ retryable: true, reason: 'busy' }));
    await reserve('r-1');
    for (let attempt = 0; attempt < 12; attempt += 1) {
      expect(await service.relay()).toBe(0);
      await service.advance(attempt < 11 ? 3_600_000 : 0);
    }
    random.mockRestore();
    bus.setRejection();
    expect(await service.relay()).toBe(0);
    await service.advance(3_600_000);
    expect(await service.relay()).toBe(1);
    expect(bus.published).toHaveLength(1);
  });

  it('relays a scheduled event when its time has come by the clock of the test', async () => {
    const { primary, bus } = service;
    await primary.runner(shows).run({
      ...primary.run(),
      once: { kind: 'command', key: 'r-1', fingerprint: '' },
      load: { id: 'hamlet' },
      decide: (show) => {
        const decision = decideReserve(show, { show: 'hamlet', seats: 2 });
        const notBefore = clock.now() + 3_600_000;
        return decision.accepted
          ? { ...decision, events: decision.events.map((event) => ({ ...event, notBefore })) }
          : decision;
      },
    });
    expect(bus.published).toEqual([]);
    await service.advance(1_800_000);
    expect(await service.relay()).toBe(0);
    await service.advance(1_800_000);
    expect(await service.relay()).toBe(1);
    expect(bus.published).toMatchObject([{ type: 'SeatsReserved' }]);
  });

  it('gives up an event that the bus rejects for good, and a person redrives it', async () => {
    const { bus, primary } = service;
    bus.setRejection(() => ({ retryable: false, reason: 'too large' }));
    await reserve('r-1');
    await service.relay();
    bus.setRejection();
    await service.advance(3_600_000);
    expect(await service.relay()).toBe(0);
    expect(await primary.outbox.status()).toMatchObject({ dead: { count: 1 } });
    const rows = await database.secondary
      .db<{ 'booking.outbox': { id: string } }>()
      .selectFrom('booking.outbox')
      .select('id')
      .execute();
    expect(await primary.outbox.redrive(rows.map(({ id }) => id))).toBe(1);
    expect(await service.relay()).toBe(1);
  });

  it('makes records and handled events older when time passes', async () => {
    type Records = {
      'booking.idempotency': { expires_at: Date };
      'booking.inbox': { handled_at: Date };
    };
    const times = async () => {
      const db = service.primary.db<Records>();
      const commands = await db.selectFrom('booking.idempotency').select('expires_at').execute();
      const events = await db.selectFrom('booking.inbox').select('handled_at').execute();
      return [
        ...commands.map((row) => Number(row.expires_at)),
        ...events.map((row) => Number(row.handled_at)),
      ].toSorted();
    };
    await reserve('r-1');
    await service.deliver();
    const before = await times();
    expect(before).toHaveLength(3);
    await service.advance(60_000);
    expect(await times()).toEqual(before.map((time) => time - 60_000));
  });

  it('moves the clock of invocations together with that of the database', async () => {
    const before = service.primary.run().now;
    await service.advance(90_000);
    expect(service.primary.run().now).toBe(before + 90_000);
  });

  it('gives the events the ids that the test has asked for', async () => {
    const ids = testIds();
    const named = createTestService(booking, database, {
      ids,
      consumers: { occupancy: () => never, notices: () => never },
    });
    await reserve('r-1', 2, named.primary);
    const [event] = named.bus.published;
    expect(ids.given).toContain(event?.id);
  });

  it('does not relay an event that its command has published', async () => {
    await reserve('r-1');
    expect(await service.relay()).toBe(0);
    expect(service.bus.published).toHaveLength(1);
  });

  it('relays nothing that a command has published and not marked yet', async () => {
    const { connections } = database.primary;
    const mark = Promise.withResolvers<void>();
    let isHeld = false;
    /**
     * Holds the first statement back that changes the outbox by itself: the mark of the command.
     */
    const slow: typeof connections = {
      ...connections,
      use: (work, ...limits) =>
        connections.use(
          (connection) =>
            work({
              ...connection,
              flight: async (statements, deadline) => {
                const [only] = statements;
                if (!isHeld && statements.length === 1 && only?.sql.includes('UPDATE')) {
                  isHeld = true;
                  await mark.promise;
                }
                return connection.flight(statements, deadline);
              },
            }),
          ...limits,
        ),
    };
    const primary = { ...database.primary, connections: slow };
    const consumers = { occupancy: () => never, notices: () => never };
    const marking = createTestService(booking, { ...database, primary }, { consumers });
    await reserve('r-1', 2, marking.primary);
    await expect.poll(() => isHeld).toBe(true);
    setTimeout(mark.resolve, 200);
    expect(await marking.relay()).toBe(0);
    expect(marking.bus.published).toHaveLength(1);
  });

  it('fails with a consumer that refuses, and brings the event again', async () => {
    isFull = true;
    await reserve('r-1');
    await expect(service.deliver()).rejects.toThrow(
      'Consumer notices has refused SeatsReserved: Full',
    );
    isFull = false;
    expect(await service.deliver()).toMatchObject([{ consumer: 'notices', status: 'committed' }]);
  });

  it('delivers no event that the schema of the consumer refuses', async () => {
    await reserve('r-1');
    const [event] = service.bus.published;
    const broken = { ...event, data: { show: 'hamlet' } } as never;
    await service.reset();
    await service.bus.publisher.publish([broken], Date.now() + 1_000);
    await expect(service.deliver()).rejects.toThrow('does not fit its schema: data.seats');
    expect(notices).toEqual([]);
  });

  it('begins anew after a reset', async () => {
    await reserve('r-1');
    await service.reset();
    expect([service.bus.published, service.bus.waiting]).toEqual([[], []]);
    expect(await service.deliver()).toEqual([]);
    // Neither the show is known nor the key of the command.
    expect(await reserve('r-1')).toMatchObject({ status: 'refused' });
  });

  it('is asked what it has logged and counted', async () => {
    const { metrics } = service.secondary;
    const before = metrics.sum('CommandCommitted');
    await reserve('r-1', 2, service.secondary);
    expect(metrics.sum('CommandCommitted')).toBe(before + 1);
  });
});
