import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { NotSettled, startTestDatabase, type TestDatabase } from '../../../src/testing/index.ts';
import { postgresUrl } from '../../support/postgres-url.ts';
import { closesAfterMs, createTheatre, theatre } from '../theatre.ts';

let database: TestDatabase;
let stage: ReturnType<typeof createTheatre>;
beforeAll(async () => {
  database = await startTestDatabase(theatre, { postgres: postgresUrl() });
  stage = createTheatre(database);
});
beforeEach(() => stage.open());
afterAll(() => database?.stop());

/** The error of a service that does not settle. */
const failureOf = async (settling: Promise<unknown>): Promise<NotSettled> => {
  const error = await settling.then(
    () => new Error('It has settled'),
    (thrown: unknown) => thrown,
  );
  if (error instanceof NotSettled) return error;
  throw error;
};

const caused = [
  'r-1 in us-east-1: committed',
  '  SeatsReserved of hamlet',
  '    occupancy in us-east-1: committed',
  '    closing in us-east-1: committed',
];

describe('a service that settles', () => {
  it('does all that a command causes, in both Regions, and shows it', async () => {
    await stage.reserve('r-1');
    const record = await stage.service.settle();
    expect(record.tree).toEqual([
      ...caused,
      '      ShowClosed of hamlet, scheduled after 3600 s',
      '    notices in us-west-2: committed',
    ]);
    expect(String(record)).toBe(record.tree.join('\n'));
    expect(record.open).toEqual([]);
    expect(await stage.counted()).toEqual({ 'us-east-1': 2 });
  });

  it('tells a test the ids, Regions, attempts and times', async () => {
    const at = stage.clock.now();
    await stage.reserve('r-1');
    const { commands, deliveries } = await stage.service.settle();
    const [published] = stage.service.bus.published;
    const [command] = commands;
    expect(command).toMatchObject({ kind: 'command', name: 'r-1', region: 'us-east-1', at });
    expect(command).toMatchObject({ status: 'committed', attempts: 1 });
    expect(command?.events).toMatchObject([
      {
        ...{ id: published?.id, type: 'SeatsReserved', region: 'us-east-1' },
        publications: [{ region: 'us-east-1', at, by: 'command' }],
      },
    ]);
    expect(deliveries).toEqual(command?.events[0]?.deliveries);
    expect(deliveries.map(({ name }) => name)).toEqual(['occupancy', 'closing', 'notices']);
    expect(deliveries[1]?.events).toMatchObject([
      { type: 'ShowClosed', notBefore: at + closesAfterMs, publications: [], deliveries: [] },
    ]);
  });

  it('has a record of what has happened since it settled before', async () => {
    await stage.reserve('r-1');
    await stage.service.deliver();
    expect((await stage.service.settle()).deliveries).toHaveLength(3);
    const record = await stage.service.settle();
    expect([record.commands, record.tree]).toEqual([[], []]);
    expect(String(record)).toBe('Nothing has happened');
  });

  it('shows replays and refusals', async () => {
    await stage.reserve('r-1');
    await stage.reserve('r-1', stage.service.secondary);
    for (const key of ['r-2', 'r-3', 'r-4', 'r-5']) await stage.reserve(key);
    const { commands, tree } = await stage.service.settle({ copies: 2 });
    expect(commands.map(({ status }) => status)).toEqual([
      ...['committed', 'replayed', 'committed', 'committed', 'committed', 'refused'],
    ]);
    expect(tree).toContain('r-1 in us-west-2: replayed');
    expect(tree).toContain('r-5 in us-east-1: refused: SoldOut: 1 seats are left');
    expect(tree.slice(0, 4)).toEqual([
      ...caused.slice(0, 3),
      '    occupancy in us-east-1: replayed',
    ]);
  });

  it('ends with a scheduled event that is not due, and runs up to the time that is given', async () => {
    const { service, clock } = stage;
    const start = clock.now();
    await stage.reserve('r-1');
    await service.settle({ withinMs: closesAfterMs - 1 });
    expect(clock.now()).toBe(start + closesAfterMs - 1);
    const { tree } = await service.settle({ withinMs: 1_000 });
    expect(tree).toEqual([
      'ShowClosed of hamlet, by the relay of us-east-1',
      '  occupancy in us-east-1: committed',
      '  closing in us-east-1: committed',
    ]);
    expect(clock.now()).toBe(start + closesAfterMs + 999);
  });

  it('runs to the end of all that is scheduled', async () => {
    const start = stage.clock.now();
    await stage.reserve('r-1');
    const { tree } = await stage.service.settle({ withinMs: Number.POSITIVE_INFINITY });
    expect(tree.slice(4)).toEqual([
      '      ShowClosed of hamlet, by the relay of us-east-1 after 3600 s',
      '        occupancy in us-east-1: committed after 3600 s',
      '        closing in us-east-1: committed after 3600 s',
      '    notices in us-west-2: committed',
    ]);
    expect(stage.clock.now()).toBe(start + closesAfterMs);
  });

  it('publishes by the relay what its command could not publish', async () => {
    stage.service.bus.setReachable(false);
    await stage.reserve('r-1');
    stage.service.bus.setReachable(true);
    const { tree } = await stage.service.settle();
    expect(tree[1]).toBe(
      '  SeatsReserved of hamlet, rejected once: The bus is unreachable, by the relay of us-east-1',
    );
  });

  it('tries a rejected event again that becomes due while the relay ends', async () => {
    const random = vi.spyOn(Math, 'random').mockReturnValue(0.001);
    stage.service.bus.setRejection(() => ({ retryable: true, reason: 'busy' }));
    await stage.reserve('r-1');
    await stage.service.relay();
    random.mockRestore();
    stage.service.bus.setRejection(() => {
      stage.service.bus.setRejection();
      return { retryable: true, reason: 'busy' };
    });
    // The first relay may have tried it several times, after which the next wait is minutes.
    const { open } = await stage.service.settle({ withinMs: Number.POSITIVE_INFINITY });
    expect(open).toEqual([]);
  });

  it('tries a rejected event again when its time comes', async () => {
    stage.service.bus.setRejection(() => ({ retryable: true, reason: 'busy' }));
    await stage.reserve('r-1');
    const { message } = await failureOf(stage.service.settle());
    expect(message).toMatch(/SeatsReserved of hamlet .* waits in the outbox of us-east-1: busy/);
    stage.service.bus.setRejection();
    const record = await stage.service.settle({ withinMs: 60_000 });
    expect(record.tree[0]).toMatch(
      /^SeatsReserved of hamlet, rejected \d+ times: busy, by the relay of us-east-1/,
    );
  });
});

describe('a service that does not settle', () => {
  it('names the consumer that fails three times, and lets the others go on', async () => {
    stage.trouble.closing = new Error('no curtain');
    await stage.reserve('r-1');
    const failure = await failureOf(stage.service.settle());
    expect(failure.message).toMatch(
      /^Not settled: 1 thing is open\.\nr-1 in us-east-1: committed\n[\s\S]*Open:\n- closing in us-east-1 for SeatsReserved of hamlet \(\S+\) has failed, 3 attempts: no curtain$/,
    );
    expect(failure.record.tree).toEqual([
      ...caused.slice(0, 3),
      '    closing in us-east-1: failed: no curtain',
      '    notices in us-west-2: committed',
      '    closing in us-east-1: failed: no curtain',
      '    closing in us-east-1: failed: no curtain',
    ]);
    delete stage.trouble.closing;
    const { deliveries } = await stage.service.settle();
    expect(deliveries).toMatchObject([{ name: 'closing', status: 'committed' }]);
  });

  it('returns what is open where the test allows it', async () => {
    stage.trouble.closing = new Error('no curtain');
    await stage.reserve('r-1');
    const { open } = await stage.service.settle({ allowOpen: true });
    expect(open).toHaveLength(1);
  });

  it('gives up at once an event that nobody can read', async () => {
    await stage.reserve('r-1');
    const [event] = stage.service.bus.published;
    await stage.service.reset();
    const broken = { ...event, data: {} } as never;
    await stage.service.bus.publisher.publish([broken], Date.now() + 1_000);
    const { record } = await failureOf(stage.service.settle());
    expect(record.open).toHaveLength(3);
    expect(record.deliveries.map(({ status }) => status)).toEqual([
      ...['dead-lettered', 'dead-lettered', 'dead-lettered'],
    ]);
  });

  it('names an event that is dead in the outbox', async () => {
    stage.service.bus.setRejection(() => ({ retryable: false, reason: 'too large' }));
    await stage.reserve('r-1');
    const { record } = await failureOf(stage.service.settle());
    expect(record.open).toEqual([
      expect.stringMatching(/^SeatsReserved of hamlet \(\S+\) is dead in the outbox: too large$/),
    ]);
  });

  it('names an event for a bus that cannot be reached', async () => {
    stage.service.bus.setReachable(false);
    await stage.reserve('r-1');
    const { record } = await failureOf(stage.service.settle({ withinMs: 1_000 }));
    expect(record.open).toEqual([
      expect.stringMatching(/^SeatsReserved of hamlet \(\S+\) waits in the outbox of us-east-1$/),
    ]);
    expect(record.tree[1]).toMatch(/not published$/);
  });

  it('ends after the rounds that are given, when a process waits for itself without an end', async () => {
    stage.trouble.keepsClosing = true;
    await stage.reserve('r-1');
    const endless = { withinMs: Number.POSITIVE_INFINITY, roundsMax: 6 };
    const failure = await failureOf(stage.service.settle(endless));
    expect(failure.record.open[0]).toBe('Error: The service is still busy after 6 rounds');
    expect(failure.record.tree.join('\n')).toContain(
      'closing in us-east-1: committed after 7200 s',
    );
  });
});

describe('one consumer on the database', () => {
  const data = { show: 'hamlet', seats: 3 };
  const reserved = { type: 'SeatsReserved', data } as const;

  it('handles what a test gives it, and nobody else does', async () => {
    const { service, clock } = stage;
    const handled = await service.consumer('closing').given(reserved, reserved).when(reserved);
    handled.thenEvents({
      ...{ type: 'ShowClosed', data: { show: 'hamlet' }, subject: 'hamlet' },
      notBefore: clock.now() + closesAfterMs,
    });
    expect(await stage.counted()).toEqual({});
    expect(service.bus.waiting).toEqual([]);
  });

  it('changes rows, or nothing', async () => {
    const { service } = stage;
    const occupancy = service.consumer('occupancy', 'secondary');
    const known = { ...reserved, id: '00000000-0000-4000-8000-00000000abcd' };
    (await occupancy.when(known)).thenEvents();
    expect(await stage.counted()).toEqual({ 'us-west-2': 3 });
    const closed = { type: 'ShowClosed', data: { show: 'hamlet' } } as const;
    (await occupancy.when(closed)).thenNothing();
    (await occupancy.when(known)).thenReplayed().thenNothing();
    const changed = await occupancy.given(closed).when(reserved);
    expect(() => changed.thenNothing()).toThrow('Expected the rows from before');
    expect(() => changed.thenReplayed()).toThrow('Expected replayed but got committed');
    expect(() => changed.thenRefused('Full')).toThrow('Expected refused but got committed');
  });

  it('shows events that differ, and the error of a consumer that fails', async () => {
    const { service, trouble } = stage;
    const handled = await service.consumer('closing').when(reserved);
    expect(() => handled.thenEvents()).toThrow(/Expected events[\s\S]*ShowClosed/);
    expect(() => handled.thenNothing()).toThrow(/Expected no events[\s\S]*ShowClosed/);
    trouble.closing = new Error('no curtain');
    await expect(service.consumer('closing').when(reserved)).rejects.toThrow('no curtain');
  });

  it('gets an event of the other Region where it listens to copies', async () => {
    const handled = await stage.service.consumer('notices', 'secondary').when(reserved);
    expect(handled.outcome).toMatchObject({ status: 'committed' });
    const { tree } = await stage.service.settle();
    expect(tree).toEqual(['SeatsReserved of test', '  notices in us-west-2: committed']);
  });
});
