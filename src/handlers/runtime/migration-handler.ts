import {
  type ConnectionPool,
  grantDatabaseRole,
  type Migrator,
} from '../../adapters/dsql/index.ts';
import { type Clock, InvalidInput, type Logger, type Retrier } from '../../domain/kernel/index.ts';
import {
  type CustomResourceChange,
  type CustomResourceEvent,
  createCustomResourceHandler,
} from './custom-resource.ts';
import type { LambdaContext } from './invocation.ts';

/**
 * Time of the function that is kept, in milliseconds: a custom resource answers ten seconds before the end, and what is
 * under way by then has five to end and to give the lease back, so that the answer is true and the next run can begin.
 */
const endMsReserve = 15_000;

const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';

/** @throws {InvalidInput} that names the property */
const grantOf = ({ ResourceProperties: properties }: CustomResourceEvent) => {
  const { DatabaseRole: role, ClientRoleArns: iamRoleArns } = properties as {
    readonly [name: string]: unknown;
  };
  if (!isText(role)) throw new InvalidInput('Give the resource a DatabaseRole');
  if (!Array.isArray(iamRoleArns) || !iamRoleArns.every(isText)) {
    throw new InvalidInput('Give the resource ClientRoleArns, a list of the ARNs of IAM roles');
  }
  return { role, iamRoleArns };
};

/**
 * The custom resource behind a deployment: migrates the schema, then lets the functions of the stack in.
 *
 * Its properties are `DatabaseRole` and `ClientRoleArns`; deleting it deletes nothing.
 */
export const createMigrationHandler = (deps: {
  readonly connections: ConnectionPool;
  readonly retrier: Retrier;
  readonly migrator: Migrator;
  readonly schema: string;
  readonly clock: Clock;
  readonly logger: Logger;
}) => {
  const { connections, retrier, migrator, schema, clock, logger } = deps;

  const migrateBy =
    (deadline: number): CustomResourceChange =>
    async (event, signal) => {
      const grant = { ...grantOf(event), schema };
      const applied = await migrator.run(deadline, signal);
      signal.throwIfAborted();
      await grantDatabaseRole(connections, retrier, grant, deadline);
      return { data: { Applied: String(applied.length) } };
    };

  return async (
    event: CustomResourceEvent,
    context: Pick<LambdaContext, 'getRemainingTimeInMillis'>,
  ): Promise<void> => {
    const migrate = migrateBy(clock.now() + context.getRemainingTimeInMillis() - endMsReserve);
    const handle = createCustomResourceHandler({ onCreate: migrate, onUpdate: migrate, logger });
    await handle(event, context);
  };
};
