import { describe, expect, it } from 'vitest';
import {
  createMemoryAuditRepository,
  createMemoryLedgerQueries,
  createMemoryTotalsRepository,
  ledger,
} from '../../../src/adapters/ledger/index.ts';
import type { ConsumerContext } from '../../../src/domain/kernel/index.ts';
import {
  auditReplica,
  incrementOf,
  type LedgerEnvelope,
  ledgerEventSource,
  projectTotals,
} from '../../../src/domain/ledger/index.ts';
import { noPublisher } from '../../../src/handlers/runtime/index.ts';
import { memoryService } from '../../support/memory-service.ts';

/** Memory answers at once. */
const anyTime = Number.POSITIVE_INFINITY;

const time = '2026-01-02T03:04:05.678Z';

const transferCompleted = (changes: Partial<LedgerEnvelope> = {}): LedgerEnvelope =>
  ({
    specversion: '1.0',
    id: 'a2345678-1234-4234-8234-123456789abc',
    source: ledgerEventSource,
    type: 'TransferCompleted',
    time,
    subject: 't-1',
    datacontenttype: 'application/json',
    schemaversion: 1,
    originregion: 'us-west-2',
    aggregateversion: 1,
    correlationid: 'r',
    data: {
      transaction_id: 't-1',
      amount: '10.50',
      currency: 'USD',
      from_account: 'a',
      to_account: 'b',
      recorded_at: time,
    },
    ...changes,
  }) as LedgerEnvelope;

const setUp = () => {
  const service = memoryService();
  const { clock, database, runnerOf } = service;
  const options = { catalogue: ledger.catalogue, publisher: noPublisher };
  const contextOf = (consumer: string, event: LedgerEnvelope): ConsumerContext => ({
    once: { kind: 'event', consumer, eventId: event.id },
    causation: { correlationid: 'r' },
    now: clock.now(),
    deadline: clock.now() + 10_000,
  });
  return {
    ...service,
    totals: (event: LedgerEnvelope) =>
      projectTotals(runnerOf(createMemoryTotalsRepository(clock), options))(
        event,
        contextOf('project-totals', event),
      ),
    audit: (event: LedgerEnvelope) =>
      auditReplica(runnerOf(createMemoryAuditRepository(), options), 'us-east-1')(
        event,
        contextOf('audit-replica', event),
      ),
    queries: createMemoryLedgerQueries(database),
  };
};

describe("an event's addition to the totals", () => {
  it('belongs to the Region of origin, the kind, and a row chosen by the id of the event', () => {
    const amount = { minor: 1_050n, currency: 'USD' };
    expect(incrementOf(transferCompleted())).toEqual({
      region: 'us-west-2',
      kind: 'transfer',
      shard: 10,
      amount,
    });
    const recorded = transferCompleted({ type: 'TransactionRecorded' } as Partial<LedgerEnvelope>);
    expect(incrementOf(recorded)).toMatchObject({ kind: 'deposit', amount });
  });

  it('has a row also for an event whose id a person made up', () => {
    expect(incrementOf(transferCompleted({ id: 'test-1' }))).toMatchObject({ shard: 0 });
  });
});

describe('the totals', () => {
  it.each(['1.234', '0', '9999999999999999', 'much'])(
    'refuse an event with the amount %s, and do not count it as handled',
    async (amount) => {
      const { queries, totals } = setUp();
      const event = transferCompleted();
      const wrong = { ...event, data: { ...event.data, amount } } as LedgerEnvelope;
      await expect(totals(wrong)).rejects.toMatchObject({
        kind: 'InvalidInput',
        issues: [{ field: 'data.amount' }],
      });
      expect(await totals(event)).toMatchObject({ status: 'committed' });
      expect((await queries.totals(anyTime)).totals).toMatchObject([{ count: 1 }]);
    },
  );

  it('add each event once, and say as of when', async () => {
    const { clock, queries, totals } = setUp();
    const events = Array.from({ length: 30 }, () => transferCompleted({ id: crypto.randomUUID() }));
    for (const event of [...events, ...events]) await totals(event);
    expect(await queries.totals(anyTime)).toEqual({
      totals: [
        {
          region: 'us-west-2',
          kind: 'transfer',
          count: 30,
          amount: { minor: 31_500n, currency: 'USD' },
        },
      ],
      asOf: clock.now(),
    });
  });

  it('acknowledge a duplicate', async () => {
    const { totals } = setUp();
    expect(await totals(transferCompleted())).toMatchObject({ status: 'committed' });
    expect(await totals(transferCompleted())).toMatchObject({ status: 'replayed' });
  });
});

describe('the audit of arrivals', () => {
  it('records once what arrived from where, and both times', async () => {
    const { audit, clock, database } = setUp();
    await audit(transferCompleted());
    const arrivedAt = clock.now();
    clock.advance(1_000);
    expect(await audit(transferCompleted())).toMatchObject({ status: 'replayed' });
    expect(database.begin().all('arrivals')).toEqual([
      {
        eventId: 'a2345678-1234-4234-8234-123456789abc',
        eventType: 'TransferCompleted',
        originRegion: 'us-west-2',
        arrivalRegion: 'us-east-1',
        occurredAt: Date.parse(time),
        arrivedAt,
      },
    ]);
  });
});
