import pg from 'pg';
import { createJobRunner, type JobRunner } from '../catalog/jobs.ts';
import { endPool } from '../postgres/end-pool.ts';
import { clientConfig, type Postgres } from '../postgres/postgres.ts';
import { type Relations, readRelations } from './access-sets.ts';
import { type CommitLog, createCommitLog } from './commit-log.ts';
import { createWitness, type Witness } from './row-lock-inspector.ts';

/** A session as far as others may have to wait for it. */
export interface Contender {
  /** Process of its connection in PostgreSQL. */
  readonly processId: number;
  /**
   * Gives up the locks of its transaction if that is not at work right now; the transaction lives on
   * as a snapshot and a journal.
   */
  readonly yieldLocks: () => void;
}

/** A snapshot that outlives the transaction that took it. */
export interface KeptSnapshot {
  /** Name for `SET TRANSACTION SNAPSHOT`. */
  readonly id: string;
  readonly release: () => void;
}

/**
 * Sees to it that nobody waits for another transaction's row: sessions whose statements take long are
 * looked up in PostgreSQL's lock tables, and whoever holds the locks that they want is asked to yield.
 */
export interface Arbiter extends Witness {
  readonly join: (contender: Contender) => void;
  readonly leave: (contender: Contender) => void;
  /** A statement of the contender has been sent. */
  readonly started: (contender: Contender) => void;
  /** Everything that was sent has been answered. */
  readonly finished: (contender: Contender) => void;
  /** Keeps a snapshot that another connection has exported and still holds. */
  readonly keep: (snapshotId: string) => Promise<KeptSnapshot>;
  /** Counts the committed changes of the catalog, by any session. */
  readonly catalogVersion: () => number;
  readonly catalogChanged: () => void;
  readonly commitLog: CommitLog;
  /** The relations of the catalog; `undefined` while they are read. */
  readonly relations: () => Relations | undefined;
  readonly loadRelations: () => Promise<Relations>;
  /** From now on jobs end by themselves. */
  readonly startJobs: () => Promise<void>;
  /** Ends the jobs that an earlier start has left. */
  readonly finishJobs: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

/** Statements that take longer may be waiting for a lock; most take less than one. */
const suspicionMs = 3;
/** Transactions that can be without their locks at one time. */
const keptSnapshotsMax = 100;
/** Then its transaction gives way instead: it cannot be kept. Milliseconds. */
const keepMsMax = 1_000;
const lookupConnectionsMax = 4;

const blockers = `SELECT DISTINCT unnest(pg_blocking_pids(waiting)) AS pid FROM unnest($1::int[]) AS waiting`;

type Catalog = Pick<Arbiter, 'catalogVersion' | 'catalogChanged' | 'relations' | 'loadRelations'>;

const createCatalog = (lookups: pg.Pool): Catalog => {
  let version = 0;
  let relations: Relations | undefined;
  let loading: Promise<Relations> | undefined;
  const load = async (): Promise<Relations> => {
    for (;;) {
      const read = version;
      const found = await readRelations(lookups);
      if (read !== version) continue;
      relations = found;
      return found;
    }
  };
  const loadRelations = async (): Promise<Relations> => {
    if (relations) return relations;
    loading ??= load().finally(() => {
      loading = undefined;
    });
    return await loading;
  };
  const loadSoon = (): void => void loadRelations().catch(() => undefined);
  loadSoon();
  return {
    catalogVersion: () => version,
    catalogChanged: () => {
      version += 1;
      relations = undefined;
      loadSoon();
    },
    relations: () => relations,
    loadRelations,
  };
};

const createKeeper =
  (keepers: pg.Pool): Arbiter['keep'] =>
  async (snapshotId) => {
    const client = await keepers.connect();
    try {
      await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
      await client.query(`SET TRANSACTION SNAPSHOT '${snapshotId}'`);
      const { rows } = await client.query<{ id: string }>('SELECT pg_export_snapshot() AS id');
      const release = (): void => {
        client.query('ROLLBACK').then(
          () => client.release(),
          () => client.release(true),
        );
      };
      return { id: rows[0]?.id ?? '', release };
    } catch (error) {
      client.release(true);
      throw error;
    }
  };

/** Connections of an arbiter: to look things up, to keep snapshots, and to run jobs. */
export type ArbiterConnections = {
  readonly lookups: pg.Pool;
  readonly keepers: pg.Pool;
  readonly jobRunner: (onChange: () => void) => JobRunner;
};

const connectionsTo = (postgres: Postgres): ArbiterConnections => {
  const connection = clientConfig(postgres);
  return {
    lookups: new pg.Pool({ ...connection, max: lookupConnectionsMax }),
    keepers: new pg.Pool({
      ...connection,
      max: keptSnapshotsMax,
      connectionTimeoutMillis: keepMsMax,
    }),
    jobRunner: (onChange) => createJobRunner(postgres, onChange),
  };
};

/** An arbiter over its connections, which it ends. */
export const createArbiter = ({ lookups, keepers, jobRunner }: ArbiterConnections): Arbiter => {
  for (const pool of [lookups, keepers]) pool.on('error', () => undefined);

  const members = new Map<number, Contender>();
  const busySince = new Map<Contender, number>();
  let timer: NodeJS.Timeout | undefined;
  let looking = false;
  const catalog = createCatalog(lookups);
  const jobs = jobRunner(catalog.catalogChanged);

  const unblock = async (waiting: readonly number[]): Promise<void> => {
    const { rows } = await lookups.query<{ pid: number }>(blockers, [waiting]);
    for (const { pid } of rows) members.get(pid)?.yieldLocks();
  };

  const look = (): void => {
    timer = undefined;
    const before = performance.now() - suspicionMs;
    const waiting = [...busySince]
      .filter(([, since]) => since <= before)
      .map(([{ processId }]) => processId);
    if (waiting.length === 0) {
      schedule();
      return;
    }
    looking = true;
    unblock(waiting)
      .catch(() => undefined)
      .finally(() => {
        looking = false;
        schedule();
      });
  };

  const schedule = (): void => {
    if (busySince.size > 0 && timer === undefined) timer = setTimeout(look, suspicionMs);
  };

  return {
    join: (contender) => void members.set(contender.processId, contender),
    leave: (contender) => {
      members.delete(contender.processId);
      busySince.delete(contender);
    },
    started: (contender) => {
      busySince.set(contender, performance.now());
      if (!looking) schedule();
    },
    finished: (contender) => void busySince.delete(contender),
    keep: createKeeper(keepers),
    commitLog: createCommitLog(),
    ...catalog,
    ...createWitness(lookups),
    startJobs: jobs.start,
    finishJobs: jobs.finish,
    stop: async () => {
      clearTimeout(timer);
      busySince.clear();
      await Promise.all([jobs.stop(), endPool(lookups), endPool(keepers)]);
    },
  };
};

type Shared = { readonly arbiter: Arbiter; users: number };

/** The endpoints of both Regions stand on one PostgreSQL and must share its arbiter. */
const shared = new WeakMap<Postgres, Shared>();

/** The arbiter of a PostgreSQL; it ends when everybody who asked for it has stopped it. */
export const arbiterOf = (postgres: Postgres): Arbiter => {
  const found = shared.get(postgres) ?? {
    arbiter: createArbiter(connectionsTo(postgres)),
    users: 0,
  };
  found.users += 1;
  shared.set(postgres, found);
  return {
    ...found.arbiter,
    stop: async () => {
      found.users -= 1;
      if (found.users > 0) return;
      shared.delete(postgres);
      await found.arbiter.stop();
    },
  };
};
