import type { Connection } from '../../src/adapters/dsql/connection/connection.ts';
import type { ConnectionPool, Statement } from '../../src/adapters/dsql/index.ts';
import {
  createMigrationClient,
  type MigrationClient,
} from '../../src/adapters/dsql/migration/migration-client.ts';
import { createMemoryMetrics } from '../../src/adapters/memory/index.ts';
import { createRetrier } from '../../src/domain/kernel/index.ts';
import { always, manualClock } from './runtime-ports.ts';

/**
 * A client's clock is so far ahead, in milliseconds, that no deadline of a test comes by the clock
 * of the machine.
 */
const aheadMs = 3_600_000;

/**
 * The client that a migrator's parts share. Its clock moves only when somebody sleeps, so no sleep
 * takes time.
 */
export const migrationClientOn = (
  connections: ConnectionPool,
  { onSleep }: { readonly onSleep?: ((ms: number) => unknown) | undefined } = {},
): MigrationClient => {
  const manual = manualClock(Date.now() + aheadMs);
  const clock = {
    now: manual.now,
    sleep: async (ms: number) => {
      await manual.sleep(ms);
      await onSleep?.(ms);
    },
  };
  const retrier = createRetrier({
    clock: manual,
    random: always(0.5),
    metrics: createMemoryMetrics(),
  });
  return createMigrationClient({ connections, clock, retrier });
};

/** A pool whose flights a test looks at, holds back or breaks; `fly` sends one. */
export const onFlight = (
  pool: ConnectionPool,
  watch: (
    statements: readonly Statement[],
    fly: () => ReturnType<Connection['flight']>,
    deadline: number,
  ) => ReturnType<Connection['flight']>,
): ConnectionPool => ({
  ...pool,
  use: (work, ...limits) =>
    pool.use(
      (connection) => {
        const flight: Connection['flight'] = (statements, deadline) =>
          watch(statements, () => connection.flight(statements, deadline), deadline);
        return work({ ...connection, flight });
      },
      ...limits,
    ),
});
