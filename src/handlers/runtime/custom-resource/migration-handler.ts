import {
  type ConnectionPool,
  grantDatabaseRole,
  type Migrator,
  revokeDatabaseRole,
} from '../../../adapters/dsql/index.ts';
import { missingFrameworkTables } from '../../../adapters/dsql/records/framework-tables.ts';
import { defined } from '../../../domain/kernel/defined.ts';
import {
  type Clock,
  InvalidInput,
  InvariantViolation,
  type Logger,
  type Retrier,
} from '../../../domain/kernel/index.ts';
import type { LambdaContext } from '../lambda-handler.ts';
import {
  type CustomResourceChange,
  type CustomResourceEvent,
  type CustomResourceRespond,
  createCustomResourceHandler,
} from './custom-resource.ts';
import { type CustomResourceTrust, readStackId } from './custom-resource-answer.ts';

/**
 * Time of the function that the migration leaves, in milliseconds. A custom resource answers ten
 * seconds before the end. A statement under way has five seconds before that to end and to give the
 * lease back, so that the next run can begin.
 */
export const endMsReserve = 15_000;

export type Properties = CustomResourceEvent['ResourceProperties'];

const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';

/** @throws {InvalidInput} that names the property */
const grantOf = (properties: Properties) => {
  const { DatabaseRole: role, ClientRoleArns: iamRoleArns } = properties as {
    readonly [name: string]: unknown;
  };
  if (!isText(role)) throw new InvalidInput('Give the resource a DatabaseRole');
  if (!Array.isArray(iamRoleArns) || !iamRoleArns.every(isText)) {
    throw new InvalidInput('Give the resource ClientRoleArns, a list of the ARNs of IAM roles');
  }
  return { role, iamRoleArns };
};

type Grant = ReturnType<typeof grantOf>;

/**
 * Says of a migration that no further attempt can apply that a person has to correct it. The guide
 * to failed deployments looks for these words. They come first, since a long reason is cut.
 */
const asToCorrect = (error: unknown): unknown => {
  if (!(error instanceof InvalidInput || error instanceof InvariantViolation)) return error;
  const Same = error instanceof InvalidInput ? InvalidInput : InvariantViolation;
  return new Same(`correct this migration: ${error.message}`, { cause: error });
};

/**
 * A stack has functions in its own account alone. The function knows their roles from its own
 * variables, since anybody who may invoke it may send any list.
 */
const refuseOtherRoles = (
  { iamRoleArns }: Grant,
  account: string | undefined,
  roleNames: readonly string[],
): void => {
  for (const arn of iamRoleArns) {
    if (arn.split(':')[4] !== account) {
      throw new InvalidInput(`${arn} is of another account than the stack: name its own roles`);
    }
    if (!roleNames.includes(arn.slice(arn.indexOf('/') + 1))) {
      throw new InvalidInput(
        `${arn} is no role of this stack's functions: give them to the construct Migration as clients`,
      );
    }
  }
};

/** The roles that the list named before and does not name any more. */
const removedRoles = (properties: Properties | undefined, { role, iamRoleArns }: Grant): Grant => {
  if (properties === undefined || !isText(properties['DatabaseRole'])) {
    return { role, iamRoleArns: [] };
  }
  const before = grantOf({ ClientRoleArns: [], ...properties });
  const kept = new Set(before.role === role ? iamRoleArns : []);
  return { role: before.role, iamRoleArns: before.iamRoleArns.filter((arn) => !kept.has(arn)) };
};

export type MigrationHandlerDeps = {
  readonly connections: ConnectionPool;
  readonly retrier: Retrier;
  readonly migrator: Migrator;
  readonly schema: string;
  /** The stack of the function and the roles of its functions are required. */
  readonly trust: CustomResourceTrust;
  /**
   * `false` for a service that has neither commands nor events, and so needs none of the
   * framework's tables.
   */
  readonly frameworkTables?: boolean;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Sends the answer; by `fetch` unless given. */
  readonly respond?: CustomResourceRespond;
};

/**
 * Checks that the framework's tables exist. Without them the service would only fail at its first
 * write.
 */
const refuseWithoutTables = async (
  { connections, retrier, schema, frameworkTables = true }: MigrationHandlerDeps,
  deadline: number,
): Promise<void> => {
  if (!frameworkTables) return;
  const missing = await missingFrameworkTables(connections, retrier, schema, deadline);
  if (missing.length > 0) {
    throw new InvalidInput(
      `The schema ${schema} has no table ${missing.join(', ')}: begin the list of migrations with ...frameworkMigrations('${schema}')`,
    );
  }
};

/** @throws {InvariantViolation} unless the roles that may be let in are known */
export const requireRoleNames = ({ clientRoleNames }: CustomResourceTrust): void => {
  if (clientRoleNames !== undefined) return;
  throw new InvariantViolation(
    'Set CLIENT_ROLE_NAMES to the names of the IAM roles that connect, as the construct Migration does',
  );
};

/** A request to migrate: the properties of today, and those of the last request. */
type MigrationRequest = {
  readonly properties: Properties;
  readonly before: Properties | undefined;
  /** The account of the deployment. */
  readonly account: string | undefined;
};

/** Migrates the schema, then grants and revokes; gives the number of migrations applied. */
export const migrateAndGrant = async (
  deps: MigrationHandlerDeps,
  { properties, before, account }: MigrationRequest,
  deadline: number,
  signal: AbortSignal,
): Promise<number> => {
  const { connections, retrier, migrator, schema, trust } = deps;
  const grant = grantOf(properties);
  const left = removedRoles(before, grant);
  refuseOtherRoles(grant, account, trust.clientRoleNames ?? []);
  const applied = await migrator.run(deadline, signal).catch((error: unknown) => {
    throw asToCorrect(error);
  });
  await refuseWithoutTables(deps, deadline);
  signal.throwIfAborted();
  await grantDatabaseRole(connections, retrier, { ...grant, schema }, deadline);
  await revokeDatabaseRole(connections, retrier, left, deadline);
  return applied.length;
};

/**
 * The custom resource behind a deployment. It migrates the schema. Then it grants the database role
 * to the IAM roles of the stack, and revokes it from roles that the stack does not name any more.
 *
 * Its properties are `DatabaseRole` and `ClientRoleArns`; deleting it deletes nothing.
 *
 * @throws {InvariantViolation} in INIT, unless it knows its stack and the roles of its clients
 */
export const createMigrationHandler = (deps: MigrationHandlerDeps) => {
  const { trust, clock, logger, respond } = deps;
  const { stackId } = trust;
  if (stackId === undefined) {
    throw new InvariantViolation(
      'Set CUSTOM_RESOURCE_STACK_ID to the ARN of the stack, as the construct Migration does',
    );
  }
  requireRoleNames(trust);

  const migrateBy =
    (deadline: number): CustomResourceChange =>
    async (event, signal) => {
      const { ResourceProperties: properties, OldResourceProperties: before } = event;
      const request = { properties, before, account: readStackId(event.StackId)?.account };
      const applied = await migrateAndGrant(deps, request, deadline, signal);
      return { data: { Applied: String(applied) } };
    };

  return async (
    event: CustomResourceEvent,
    context: Pick<LambdaContext, 'getRemainingTimeInMillis'>,
  ): Promise<void> => {
    const change = migrateBy(clock.now() + context.getRemainingTimeInMillis() - endMsReserve);
    const changes = { onCreate: change, onUpdate: change, ...defined({ respond }) };
    await createCustomResourceHandler({ ...changes, trust, logger })(event, context);
  };
};
