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

/** What a dialect does with its connections; all of it has a default. */
export type DsqlDialectBehaviour = {
  /** Milliseconds for a statement, with all its attempts; absent: 10,000. */
  readonly statementMsMax?: number;
  /** Milliseconds until a connection must be free or opened; absent: 30,000. */
  readonly acquireMsMax?: number;
  /**
   * Milliseconds that the lock of a migrator lasts which has crashed; one that runs renews it. Absent: 60,000. A
   * transaction of a migration must end in less.
   */
  readonly migrationLeaseMs?: number;
  /** Is told of each statement, or beginning of a transaction, that met a conflict and is run again; must not throw. */
  readonly onRetry?: (retry: Retry) => void;
};

/** Where a dialect connects, or the pool that it shares, and what it does with its connections. */
export type DsqlDialectOptions = DsqlDialectBehaviour &
  (
    | ({ readonly connections?: never } & ConnectionsOptions)
    | {
        /**
         * A pool that is shared, with a unit of work for example. `destroy` of the last Kysely on this
         * dialect closes it.
         */
        readonly connections: ConnectionPool;
      }
  );

/**
 * Kysely's own type for a Kysely of any tables. With another one TypeScript would compare two of them member by member
 * wherever a dialect is used.
 */
type AnyKysely = Parameters<Dialect['createIntrospector']>[0];

/** Nothing that a service asks takes longer. Milliseconds. */
const statementMsMaxDefault = 10_000;

/** A cluster that wakes up takes seconds; a pool that is empty for longer has been leaked from. Milliseconds. */
const acquireMsMaxDefault = 30_000;

/** Whoever starts a deployment again after a crash waits a minute at most. Milliseconds. */
const migrationLeaseMsDefault = 60_000;

/** DSQL ends a transaction after five minutes, and with it everything that could take this long. Milliseconds. */
const limitMsMax = 300_000;

const milliseconds = wholeNumber(1, limitMsMax, 'milliseconds');

const behaviourRules: OptionRules = {
  statementMsMax: { rule: milliseconds },
  acquireMsMax: { rule: milliseconds },
  // Less would leave no time to renew it.
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

/** A transaction has one DDL statement at most, and a lock is a row: DSQL has no advisory locks. */
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
    // On demand, since functions do not migrate.
    const { acquireMigrationLock } = await import('./migration-lock.ts');
    this.#locks.set(db, await acquireMigrationLock(db, options, this.#leaseMs));
  }

  async releaseMigrationLock(db: Kysely<unknown>): Promise<void> {
    // Kysely releases also what it could not acquire.
    await this.#locks.get(db)?.release();
    this.#locks.delete(db);
  }
}

/**
 * Kysely on Aurora DSQL, with nothing else of this package.
 *
 * BEGIN travels with a transaction's first statement, COMMIT's own answer is checked, and a statement by itself that
 * meets a conflict is run again; a transaction that does is not, since only its author knows whether it can be: it
 * throws a `Conflict`. Whatever must take effect once although an answer is lost belongs into the unit of work.
 *
 * Kysely's `Migrator` and `kysely-ctl` run on it. No statement of a migration can be rolled back, so each must bear
 * being run twice (`ifNotExists`), and an index is built with `createIndexAsync`.
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
