import {
  type DatabaseIntrospector,
  type Dialect,
  type DialectAdapter,
  DialectAdapterBase,
  type Driver,
  type Kysely,
  type MigrationLockOptions,
  type QueryCompiler,
} from 'kysely';
import { defined } from '../../../domain/kernel/defined.ts';
import type { Retry } from '../../../domain/kernel/index.ts';
import type { ConnectionPool } from '../connection/connection-pool.ts';
import {
  type ConnectionsOptions,
  connectionsRules,
  createConnections,
} from '../connection/connections.ts';
import {
  checkOptions,
  type OptionRules,
  ofType,
  wholeNumber,
  withMethods,
} from '../connection/options.ts';
import { createDriver } from './driver.ts';
import { createIntrospector } from './introspector.ts';
import type { MigrationLock } from './migration-lock.ts';
import { DsqlQueryCompiler } from './query-compiler.ts';
import { type JoinPool, sharePool } from './shared-pool.ts';

/** Time limits of a dialect and its retries; each has a default. */
export type DsqlDialectBehaviour = {
  /** Milliseconds for a statement, with all its attempts; absent: 10,000. */
  readonly statementMsMax?: number;
  /** Milliseconds until a connection must be free or opened; absent: 30,000. */
  readonly acquireMsMax?: number;
  /**
   * Milliseconds after which the lock of a crashed migrator ends; a running migrator renews its
   * lock. A transaction of a migration must end sooner. Absent: 60,000.
   */
  readonly migrationLeaseMs?: number;
  /**
   * Called before a statement, or the beginning of a transaction, runs again after a conflict; must
   * not throw.
   */
  readonly onRetry?: (retry: Retry) => void;
};

/** Either the cluster to connect to, or a pool to share; and the dialect's behaviour. */
export type DsqlDialectOptions = DsqlDialectBehaviour &
  (
    | ({ readonly connections?: never } & ConnectionsOptions)
    | {
        /**
         * A pool that is shared, with a unit of work for example. `destroy` of the last Kysely on
         * this dialect closes it.
         */
        readonly connections: ConnectionPool;
      }
  );

/**
 * Kysely's type for a Kysely of any tables. With a type of our own, TypeScript would compare the
 * two member by member wherever a dialect is used.
 */
type AnyKysely = Parameters<Dialect['createIntrospector']>[0];

/** The time of a service's longest statement. Milliseconds. */
const statementMsMaxDefault = 10_000;

/**
 * A cluster wakes up within seconds. A pool without a free connection for longer has a leak.
 * Milliseconds.
 */
const acquireMsMaxDefault = 30_000;

/** A deployment that starts again after a crash waits a minute at most. Milliseconds. */
const migrationLeaseMsDefault = 60_000;

/** DSQL ends a transaction after five minutes, so no longer limit has an effect. Milliseconds. */
const limitMsMax = 300_000;

const milliseconds = wholeNumber(1, limitMsMax, 'milliseconds');

const behaviourRules: OptionRules = {
  statementMsMax: { rule: milliseconds },
  acquireMsMax: { rule: milliseconds },
  // A shorter lease would leave no time to renew it.
  migrationLeaseMs: { rule: wholeNumber(1_000, limitMsMax, 'milliseconds') },
  onRetry: { rule: ofType('a function', 'function') },
};

const poolRule = { rule: withMethods('a pool of createConnections', 'use', 'close') };

const sharedRules: OptionRules = { connections: poolRule, ...behaviourRules };

const standaloneRules: OptionRules = {
  ...connectionsRules,
  connections: poolRule,
  ...behaviourRules,
};

/** Tells Kysely that DSQL has no transactional DDL, and takes its migration lock as a row. */
class DsqlAdapter extends DialectAdapterBase {
  readonly #leaseMs: number;
  readonly #locks = new WeakMap<object, MigrationLock>();

  constructor(leaseMs: number) {
    super();
    this.#leaseMs = leaseMs;
  }

  override get supportsReturning(): boolean {
    return true;
  }

  async acquireMigrationLock(db: Kysely<unknown>, options: MigrationLockOptions): Promise<void> {
    // Loaded on demand, since functions do not migrate.
    const { acquireMigrationLock } = await import('./on-demand.ts');
    this.#locks.set(db, await acquireMigrationLock(db, options, this.#leaseMs));
  }

  async releaseMigrationLock(db: Kysely<unknown>): Promise<void> {
    // Kysely also releases a lock that it could not acquire.
    await this.#locks.get(db)?.release();
    this.#locks.delete(db);
  }
}

/**
 * Kysely on Aurora DSQL. It needs nothing else of this package.
 *
 * BEGIN is sent with a transaction's first statement, and the answer to COMMIT is checked. A
 * statement by itself runs again after a conflict. A transaction does not, since only its author
 * knows whether it may: it throws a `Conflict`. Use the unit of work for a change that must take
 * effect once although its answer may be lost.
 *
 * Kysely's `Migrator` and `kysely-ctl` run on it. No statement of a migration can be rolled back,
 * so each must tolerate a second run (`ifNotExists`). Build indexes with `createIndexAsync`.
 *
 * @example
 * const dialect = new DsqlDialect({ endpoint: 'a….dsql.us-east-1.on.aws', user: 'orders' });
 * const db = new Kysely<Tables>({ dialect });
 */
export class DsqlDialect implements Dialect {
  readonly #joinPool: JoinPool;
  readonly #behaviour: Required<Omit<DsqlDialectBehaviour, 'onRetry'>> &
    Pick<DsqlDialectBehaviour, 'onRetry'>;

  /** @throws {InvariantViolation} that names the option that is unknown, missing or wrong */
  constructor(options: DsqlDialectOptions) {
    const shared = options?.connections !== undefined;
    checkOptions('DsqlDialect', options, shared ? sharedRules : standaloneRules);
    const {
      statementMsMax = statementMsMaxDefault,
      acquireMsMax = acquireMsMaxDefault,
      migrationLeaseMs = migrationLeaseMsDefault,
      onRetry,
      connections,
      ...given
    } = options;
    this.#behaviour = {
      ...{ statementMsMax, acquireMsMax, migrationLeaseMs },
      ...defined({ onRetry }),
    };
    const open = () => createConnections(given as ConnectionsOptions, 'DsqlDialect');
    this.#joinPool = connections ? sharePool(connections) : sharePool(open(), open);
  }

  createAdapter(): DialectAdapter {
    return new DsqlAdapter(this.#behaviour.migrationLeaseMs);
  }

  createDriver(): Driver {
    return createDriver(this.#joinPool(), this.#behaviour);
  }

  createIntrospector(db: AnyKysely): DatabaseIntrospector {
    return createIntrospector(db);
  }

  createQueryCompiler(): QueryCompiler {
    return new DsqlQueryCompiler();
  }
}
