import { describe, expect, it } from 'vitest';
import { accept, InvariantViolation } from '../../../src/domain/kernel/index.ts';
import {
  createService,
  noPublisher,
  type ServiceConfig,
} from '../../../src/handlers/runtime/index.ts';
import { anEvent, counterEvents, dsqlCounters } from '../../support/counter.ts';

const config: ServiceConfig = {
  region: 'us-east-1',
  dsqlEndpoint: '127.0.0.1:1',
  dsqlUser: 'orders',
  dsqlSerial: false,
  dsqlPlainBegin: false,
  dsqlPreparedStatementsMax: undefined,
  outboxGraceMs: 0,
  outboxTakeoverAgeMs: 0,
  outboxReplayWindowMs: 0,
  tracing: false,
};

describe('a service', () => {
  it.each<[string, Partial<ServiceConfig>]>([
    ['"endpoint"', { dsqlEndpoint: 'https://abc.dsql.us-east-1.on.aws' }],
    ['"user"', { dsqlUser: '' }],
    ['"region"', { region: 'Virginia' }],
    ['"preparedStatementsMax"', { dsqlPreparedStatementsMax: 5_000 }],
  ])('refuses a wrong %s as connections do, before it connects', (option, change) => {
    const created = () => createService({ ...config, ...change }, 'orders', {});
    expect(created).toThrow(InvariantViolation);
    expect(created).toThrow(`createService: ${option} must be`);
  });

  it('reads the trace of the invocation under way', () => {
    const env: Record<string, string> = {};
    const { traceHeader } = createService(config, 'orders', env);
    expect(traceHeader()).toBeUndefined();
    env['_X_AMZN_TRACE_ID'] = 'Root=1-2-3';
    expect(traceHeader()).toBe('Root=1-2-3');
  });

  it('asks the database that it is told, in the runner of a context too', async () => {
    const { clock, connections, outbox, runner } = createService(config, 'orders', {});
    await expect(outbox.markPublished(['a'])).rejects.toThrow('ECONNREFUSED 127.0.0.1:1');
    const counters = runner(dsqlCounters, { catalogue: counterEvents, publisher: noPublisher });
    const run = counters.run({
      causation: { correlationid: 'c' },
      now: clock.now(),
      deadline: clock.now() + 300,
      once: { kind: 'event', consumer: 'sum', eventId: crypto.randomUUID() },
      load: { names: ['a'] },
      decide: () => accept({ state: { counters: { a: 1 } }, events: [], result: null }),
    });
    await expect(run).rejects.toMatchObject({ kind: 'Unavailable' });
    await connections.close();
  });
});

describe('a service that publishes nothing itself', () => {
  it('leaves its events to the relay, which tries again', async () => {
    expect(await noPublisher.publish([anEvent('a')], 0)).toMatchObject([
      { ok: false, retryable: true },
    ]);
  });
});
