import type { Migrator } from '../../../src/adapters/dsql/index.ts';
import { frameworkTables } from '../../../src/adapters/dsql/records/framework-tables.ts';
import { createMemoryLogger, createMemoryMetrics } from '../../../src/adapters/memory/index.ts';
import { createRetrier, InvalidInput } from '../../../src/domain/kernel/index.ts';
import type {
  CustomResourceEvent,
  CustomResourceRespond,
} from '../../../src/handlers/runtime/custom-resource/custom-resource.ts';
import { createMigrationHandler } from '../../../src/handlers/runtime/index.ts';
import { answered, answeringPool } from '../../support/answering-pool.ts';
import { always } from '../../support/runtime-ports.ts';
import { type Run, whileAlive } from './cloudformation/lambda.ts';
import type { Random } from './random.ts';
import type { VirtualTime } from './virtual-time.ts';

/** The migrations of a revision: as many as its number. Each takes its time. */
const migrationMs = 40_000;

/** The databases in memory, by the ARNs of their two clusters. */
export type Databases = Map<string, { applied: number; granted: readonly string[] }>;

type Deps = {
  readonly databases: Databases;
  readonly time: VirtualTime;
  readonly random: Random;
  /** How often a connection fails. */
  readonly failureRate: () => number;
  /** Whether the database refuses the migrations that it lacks. */
  readonly isRefused: () => boolean;
  readonly isUsable: (clusterArn: string) => boolean;
  /** The ARNs of a cluster and its peer, the same for both. */
  readonly pairOf: (clusterArn: string) => string;
};

const textIn = (event: CustomResourceEvent, name: string): string =>
  String(event.ResourceProperties[name]);

/** The construct gives these names to the function. */
const roleNamesOf = ({ ResourceProperties }: CustomResourceEvent): readonly string[] =>
  (ResourceProperties['ClientRoleArns'] as readonly string[]).map((arn) =>
    arn.slice(arn.indexOf('/') + 1),
  );

/** The function that migrates, over a database in memory. */
export const createMigration = (deps: Deps) => {
  const { databases, time, random, failureRate, isRefused, isUsable, pairOf } = deps;
  return (event: CustomResourceEvent, run: Run, respond: CustomResourceRespond) => {
    const clusterArn = textIn(event, 'ClusterArn');
    const pair = pairOf(clusterArn);
    const database = databases.get(pair) ?? { applied: 0, granted: [] };
    databases.set(pair, database);
    const connect = (): void => {
      if (!isUsable(clusterArn)) throw new Error(`Cluster ${clusterArn} takes no connection`);
      if (random.happens(failureRate())) throw new Error('Connection terminated unexpectedly');
    };
    const migrator: Pick<Migrator, 'run'> = {
      run: async (_deadline, signal) => {
        const wanted = Number(textIn(event, 'Revision'));
        connect();
        while (database.applied < wanted) {
          await whileAlive(run, () => time.sleep(migrationMs));
          signal?.throwIfAborted();
          connect();
          if (isRefused()) throw new InvalidInput('small-2: syntax error at or near "CRATE"');
          // Another run may have been quicker.
          database.applied = Math.min(wanted, database.applied + 1);
        }
        return [];
      },
    };
    /** The grant loads a module after this statement, and goes on with the next one. */
    const before = 'GRANT USAGE ON SCHEMA';
    let release = (): void => undefined;
    const { pool } = answeringPool(({ sql }) => {
      release();
      release = () => undefined;
      connect();
      if (sql.startsWith(before)) release = time.hold();
      const [, role] = /^AWS IAM GRANT .* TO '(.*)'/.exec(sql) ?? [];
      if (role !== undefined) database.granted = [...new Set([...database.granted, role])];
      if (!sql.includes('relname')) return answered([]);
      return answered(frameworkTables.map((relname) => ({ relname, is_sequence: false })));
    });
    const clock = { now: time.now, sleep: (ms: number) => whileAlive(run, () => time.sleep(ms)) };
    return createMigrationHandler({
      connections: pool,
      retrier: createRetrier({ clock, random: always(0), metrics: createMemoryMetrics() }),
      migrator: migrator as Migrator,
      schema: 'small',
      trust: { stackId: event.StackId, clientRoleNames: roleNamesOf(event) },
      clock,
      logger: createMemoryLogger(),
      respond,
    });
  };
};
