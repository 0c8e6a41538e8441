import pg from 'pg';
import { createJobRunner, type JobRunner } from '../catalog/jobs.ts';
import { endPool } from '../postgres/end-pool.ts';
import { clientConfig, type Postgres } from '../postgres/postgres.ts';
import { readTableGraph, type TableGraph } from './access-sets.ts';
import { type CommitLog, createCommitLog } from './commit-log.ts';
import { createRowLockInspector, type RowLockInspector } from './row-lock-inspector.ts';

/** A session that may wait for the locks of others, or hold locks that others wait for. */
export interface MonitoredSession {
  /** Process of its connection in PostgreSQL. */
  readonly processId: number;
  /**
   * Releases the locks of its transaction, unless a statement runs right now. The session keeps the
   * transaction's snapshot and replay log, and repeats it later.
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
 * Keeps sessions from waiting for row locks, which DSQL does not have. It looks up statements that
 * take long in PostgreSQL's lock tables and asks the sessions that block them to yield their locks.
 *
 * The sessions of both Regions' endpoints share one monitor, and with it the commit log, the table
 * graph and the jobs.
 */
export interface LockMonitor extends RowLockInspector {
  readonly join: (monitored: MonitoredSession) => void;
  readonly leave: (monitored: MonitoredSession) => void;
  /** The session has sent a statement. */
  readonly started: (monitored: MonitoredSession) => void;
  /** PostgreSQL has answered everything that the session sent. */
  readonly finished: (monitored: MonitoredSession) => void;
  /**
   * Keeps a snapshot that another connection has exported, while that connection still holds it.
   */
  readonly keepSnapshot: (snapshotId: string) => Promise<KeptSnapshot>;
  /** Counts the committed changes of the catalog, by any session. */
  readonly catalogVersion: () => number;
  readonly catalogChanged: () => void;
  readonly commitLog: CommitLog;
  /** The table graph of the catalog; `undefined` while it is read. */
  readonly tableGraph: () => TableGraph | undefined;
  readonly loadTableGraph: () => Promise<TableGraph>;
  /** Starts the job runner: from now on jobs end when their time has come. */
  readonly startJobs: () => Promise<void>;
  /** Ends at once the jobs that an earlier start has left. */
  readonly finishJobs: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

/** A statement that takes longer may wait for a lock. Most take less than one millisecond. */
const lockWaitMsMin = 3;
/** Suspended transactions at one time: each snapshot takes a connection. */
const keptSnapshotsMax = 100;
/**
 * Milliseconds to wait for such a connection. After that the transaction fails with a conflict when
 * it goes on.
 */
const snapshotWaitMsMax = 1_000;
const lookupConnectionsMax = 4;

const blockers = `SELECT DISTINCT unnest(pg_blocking_pids(waiting)) AS pid FROM unnest($1::int[]) AS waiting`;

type Catalog = Pick<
  LockMonitor,
  'catalogVersion' | 'catalogChanged' | 'tableGraph' | 'loadTableGraph'
>;

const createCatalog = (lookupPool: pg.Pool): Catalog => {
  let version = 0;
  let tableGraph: TableGraph | undefined;
  let loading: Promise<TableGraph> | undefined;
  const load = async (): Promise<TableGraph> => {
    for (;;) {
      const read = version;
      const found = await readTableGraph(lookupPool);
      if (read !== version) continue;
      tableGraph = found;
      return found;
    }
  };
  const loadTableGraph = async (): Promise<TableGraph> => {
    if (tableGraph) return tableGraph;
    loading ??= load().finally(() => {
      loading = undefined;
    });
    return await loading;
  };
  const loadSoon = (): void => void loadTableGraph().catch(() => undefined);
  loadSoon();
  return {
    catalogVersion: () => version,
    catalogChanged: () => {
      version += 1;
      tableGraph = undefined;
      loadSoon();
    },
    tableGraph: () => tableGraph,
    loadTableGraph,
  };
};

const createSnapshotKeeper =
  (snapshotPool: pg.Pool): LockMonitor['keepSnapshot'] =>
  async (snapshotId) => {
    const client = await snapshotPool.connect();
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

/** Connections of a lock monitor: for look-ups, for kept snapshots and for the job runner. */
export type LockMonitorPools = {
  readonly lookupPool: pg.Pool;
  readonly snapshotPool: pg.Pool;
  readonly jobRunner: (onChange: () => void) => JobRunner;
};

const connectionsTo = (postgres: Postgres): LockMonitorPools => {
  const connection = clientConfig(postgres);
  return {
    lookupPool: new pg.Pool({ ...connection, max: lookupConnectionsMax }),
    snapshotPool: new pg.Pool({
      ...connection,
      max: keptSnapshotsMax,
      connectionTimeoutMillis: snapshotWaitMsMax,
    }),
    jobRunner: (onChange) => createJobRunner(postgres, onChange),
  };
};

/** Creates a lock monitor over these connections, and ends them when it stops. */
export const createLockMonitor = ({
  lookupPool,
  snapshotPool,
  jobRunner,
}: LockMonitorPools): LockMonitor => {
  for (const pool of [lookupPool, snapshotPool]) pool.on('error', () => undefined);

  const members = new Map<number, MonitoredSession>();
  const busySince = new Map<MonitoredSession, number>();
  let timer: NodeJS.Timeout | undefined;
  let isChecking = false;
  const catalog = createCatalog(lookupPool);
  const jobs = jobRunner(catalog.catalogChanged);

  const unblock = async (waiting: readonly number[]): Promise<void> => {
    const { rows } = await lookupPool.query<{ pid: number }>(blockers, [waiting]);
    for (const { pid } of rows) members.get(pid)?.yieldLocks();
  };

  const checkWaiting = (): void => {
    timer = undefined;
    const before = performance.now() - lockWaitMsMin;
    const waiting = [...busySince]
      .filter(([, committedSince]) => committedSince <= before)
      .map(([{ processId }]) => processId);
    if (waiting.length === 0) {
      schedule();
      return;
    }
    isChecking = true;
    unblock(waiting)
      .catch(() => undefined)
      .finally(() => {
        isChecking = false;
        schedule();
      });
  };

  const schedule = (): void => {
    if (busySince.size > 0 && timer === undefined) timer = setTimeout(checkWaiting, lockWaitMsMin);
  };

  return {
    join: (monitored) => void members.set(monitored.processId, monitored),
    leave: (monitored) => {
      members.delete(monitored.processId);
      busySince.delete(monitored);
    },
    started: (monitored) => {
      busySince.set(monitored, performance.now());
      if (!isChecking) schedule();
    },
    finished: (monitored) => void busySince.delete(monitored),
    keepSnapshot: createSnapshotKeeper(snapshotPool),
    commitLog: createCommitLog(),
    ...catalog,
    ...createRowLockInspector(lookupPool),
    startJobs: jobs.start,
    finishJobs: jobs.finish,
    stop: async () => {
      clearTimeout(timer);
      busySince.clear();
      await Promise.all([jobs.stop(), endPool(lookupPool), endPool(snapshotPool)]);
    },
  };
};

type Shared = { readonly lockMonitor: LockMonitor; users: number };

/** The endpoints of both Regions use one PostgreSQL and must share its lock monitor. */
const shared = new WeakMap<Postgres, Shared>();

/** The lock monitor of a PostgreSQL. It stops when every caller has stopped it. */
export const lockMonitorOf = (postgres: Postgres): LockMonitor => {
  const found = shared.get(postgres) ?? {
    lockMonitor: createLockMonitor(connectionsTo(postgres)),
    users: 0,
  };
  found.users += 1;
  shared.set(postgres, found);
  return {
    ...found.lockMonitor,
    stop: async () => {
      found.users -= 1;
      if (found.users > 0) return;
      shared.delete(postgres);
      await found.lockMonitor.stop();
    },
  };
};
