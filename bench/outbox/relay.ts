import { connect } from '../../src/adapters/dsql/connection/connection.ts';
import { createConnectionPool } from '../../src/adapters/dsql/connection/connection-pool.ts';
import { createDsqlOutbox } from '../../src/adapters/dsql/index.ts';
import { createMemoryLogger, createMemoryMetrics } from '../../src/adapters/memory/index.ts';
import {
  systemClock as clock,
  systemIds as ids,
  systemRandom as random,
} from '../../src/adapters/system/index.ts';
import { createRelay, type EventPublisher } from '../../src/domain/kernel/index.ts';
import { stepsAtOnceMax } from '../../src/domain/kernel/outbox/in-turns.ts';
import { outboxShardCount } from '../../src/domain/kernel/outbox/outbox.ts';
import { type BenchServer, targetOf } from '../support/server.ts';
import { serverRegion } from '../support/server-constants.ts';
import { fillBacklog, schemaOf, verifyDrained, type Way } from './backlog.ts';

/** Longer than the largest backlog takes, so that one run ends it. Milliseconds. */
const runMsMax = 1_800_000;
const dayMs = 86_400_000;

/** A queue, and one worker that takes everything from it. */
export interface Queue {
  readonly fill: (rows: number) => Promise<void>;
  /** Takes all rows. */
  readonly drain: () => Promise<void>;
  /**
   * Puts an end to one backlog.
   *
   * @throws {Error} when a row is left, or was taken twice
   */
  readonly verify: (rows: number) => Promise<void>;
  readonly close: () => Promise<void>;
}

/** Opens one relay that owns all shards, on its own connections. */
export const openRelay = (server: BenchServer, way: Way): Queue => {
  const address = server[way];
  const target = { ...targetOf(address), ca: address.ca };
  const open = (deadline: number) => connect(target, { token: address.password }, deadline);
  // As many as `serveRelay` has.
  const connections = createConnectionPool(open, { size: stepsAtOnceMax, clock, random });
  const outbox = createDsqlOutbox(connections, {
    schema: schemaOf(way),
    graceMs: 0,
    replayWindowMs: dayMs,
  });
  let published = new Set<string>();
  const publisher: EventPublisher = {
    publish: async (events) =>
      events.map(({ id }) => {
        published.add(id);
        return { ok: true };
      }),
  };
  const relay = createRelay({
    ...{ outbox, publisher, clock, random, ids, region: serverRegion, takeoverAgeMs: dayMs },
    logger: createMemoryLogger(),
    metrics: createMemoryMetrics(),
    shards: Array.from({ length: outboxShardCount }, (_, shard) => shard),
  });

  return {
    fill: async (rows) => {
      await fillBacklog(server, way, rows);
      published = new Set();
    },
    drain: async () => {
      await relay.run(Date.now() + runMsMax);
    },
    verify: (rows) => verifyDrained(server, way, rows, published),
    close: connections.close,
  };
};
