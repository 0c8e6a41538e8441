import {
  type ConnectionPool,
  grantDatabaseRole,
  type Migrator,
} from '../../adapters/dsql/index.ts';
import { type Clock, InvalidInput, type Logger, type Retrier } from '../../domain/kernel/index.ts';
import { type CustomResourceEvent, createCustomResourceHandler } from './custom-resource.ts';

/** An index build on a full table takes minutes; the function's own timeout is longer. Milliseconds. */
const migrationMsMax = 13 * 60_000;

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

  const migrate = async (event: CustomResourceEvent) => {
    const grant = { ...grantOf(event), schema };
    const deadline = clock.now() + migrationMsMax;
    const applied = await migrator.run(deadline);
    await grantDatabaseRole(connections, retrier, grant, deadline);
    return { data: { Applied: String(applied.length) } };
  };

  return createCustomResourceHandler({ onCreate: migrate, onUpdate: migrate, logger });
};
