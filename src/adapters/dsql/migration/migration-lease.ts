import { Unavailable } from '../../../domain/kernel/index.ts';
import { quoteIdentifier } from '../wire/statement.ts';
import { type MigrationSession, statementMsMax } from './migration-session.ts';

/**
 * A crashed migrator holds the lease this long; a running one renews it before each statement and whenever it looks
 * whether an index is built. A statement ends within it, with a margin for the way there. Milliseconds.
 */
const leaseMs = statementMsMax + 15_000;

/** How often somebody who waits looks whether the lease is free: soon at first, a crashed holder's ends late. */
const lookMsMin = 100;
const lookMsMax = 2_000;

/** Who migrates now, and until when the lease is theirs: UTC, ISO 8601. */
export type LeaseHolder = { readonly owner: string; readonly until: string };

/** Another migrator has had the lease meanwhile: what was known of the database is not, any more. */
export class LeaseLost extends Error {
  override readonly name = 'LeaseLost';
}

/** A row of the database that one migrator at a time may call its own; the database's clock ends it. */
export interface MigrationLease {
  /**
   * Waits until it is free.
   *
   * @throws {Unavailable} that names the holder, when the deadline comes first
   */
  readonly take: (deadline: number) => Promise<void>;
  /**
   * @throws {LeaseLost} when anybody else has had it since it was taken or renewed
   * @throws the signal's reason, since nothing may be begun any more
   */
  readonly renew: (deadline: number) => Promise<void>;
  readonly giveBack: (deadline: number) => Promise<void>;
}

/** @param options.owner names this run and no other */
export const createMigrationLease = (
  { clock, run }: MigrationSession,
  options: {
    readonly schema: string;
    readonly owner: string;
    readonly onWait: (holder: LeaseHolder, waitedMs: number) => void;
    readonly signal: AbortSignal;
  },
): MigrationLease => {
  const { owner, onWait, signal } = options;
  const table = `${quoteIdentifier(options.schema)}.migration_lock`;

  /** Only looks: whoever waits must not conflict with the holder's renewals. */
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
