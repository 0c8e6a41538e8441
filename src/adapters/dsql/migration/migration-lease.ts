import { Unavailable } from '../../../domain/kernel/index.ts';
import { quoteIdentifier } from '../wire/statement.ts';
import { type MigrationClient, statementMsMax } from './migration-client.ts';

/**
 * The time for which a crashed migrator keeps the lease. A running one renews it before each
 * statement, and at each check of an index. A statement ends within this time, with a margin.
 * Milliseconds.
 */
const leaseMs = statementMsMax + 15_000;

/**
 * Waits between the checks for a free lease: short at first; a crashed holder's ends late.
 * Milliseconds.
 */
const lookMsMin = 100;
const lookMsMax = 2_000;

/** The holder of the lease, and its end: UTC, ISO 8601. */
export type LeaseHolder = { readonly owner: string; readonly until: string };

/**
 * Another migrator has had the lease meanwhile, so the state of the database must be read again.
 */
export class LeaseLost extends Error {
  override readonly name = 'LeaseLost';
}

/** A row that belongs to one migrator at a time, until an end by the database's clock. */
export interface MigrationLease {
  /**
   * Waits until the lease is free, and takes it.
   *
   * @throws {Unavailable} that names the holder, when the deadline comes first
   */
  readonly take: (deadline: number) => Promise<void>;
  /**
   * Renews the lease.
   *
   * @throws {LeaseLost} when another migrator has had it since it was taken or renewed
   * @throws the signal's reason, since nothing may begin any more
   */
  readonly renew: (deadline: number) => Promise<void>;
  readonly giveBack: (deadline: number) => Promise<void>;
}

/** @param options.owner a name that no other run has */
export const createMigrationLease = (
  { clock, run }: MigrationClient,
  options: {
    readonly schema: string;
    readonly owner: string;
    readonly onWait: (holder: LeaseHolder, waitedMs: number) => void;
    readonly signal: AbortSignal;
  },
): MigrationLease => {
  const { owner, onWait, signal } = options;
  const table = `${quoteIdentifier(options.schema)}.migration_lock`;

  /** Reads only, so that waiting does not conflict with the holder's renewals. */
  const holder = async (deadline: number): Promise<LeaseHolder | undefined> => {
    const [row] = await run(
      deadline,
      `SELECT owner, to_char(lease_until AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS until
        FROM ${table} WHERE id = 1 AND lease_until > now() AND owner <> $1`,
      owner,
    );
    return row && { owner: String(row['owner']), until: String(row['until']) };
  };

  const tryTake = async (deadline: number): Promise<boolean> => {
    const taken = await run(
      deadline,
      `INSERT INTO ${table} AS lock (id, owner, lease_until)
        VALUES (1, $1, now() + $2 * interval '1 millisecond')
        ON CONFLICT (id) DO UPDATE SET owner = excluded.owner, lease_until = excluded.lease_until
        WHERE lock.owner = excluded.owner OR lock.lease_until <= now() RETURNING id`,
      owner,
      leaseMs,
    );
    return taken.length > 0;
  };

  return {
    take: async (deadline) => {
      const startedAt = clock.now();
      for (let lookMs = lookMsMin; ; lookMs = Math.min(lookMsMax, lookMs * 2)) {
        signal.throwIfAborted();
        const other = await holder(deadline);
        if (other === undefined && (await tryTake(deadline))) return;
        if (other !== undefined) {
          if (clock.now() + lookMs >= deadline) {
            throw new Unavailable(
              `Another migration is under way: ${other.owner} has the lease until ${other.until}. Migrate again when it has ended`,
            );
          }
          onWait(other, clock.now() - startedAt);
        }
        await clock.sleep(lookMs);
      }
    },
    renew: async (deadline) => {
      signal.throwIfAborted();
      const renewed = await run(
        deadline,
        `UPDATE ${table} SET lease_until = now() + $2 * interval '1 millisecond'
          WHERE id = 1 AND owner = $1 RETURNING id`,
        owner,
        leaseMs,
      );
      if (renewed.length === 0) throw new LeaseLost();
    },
    giveBack: async (deadline) => {
      await run(deadline, `DELETE FROM ${table} WHERE owner = $1`, owner);
    },
  };
};
