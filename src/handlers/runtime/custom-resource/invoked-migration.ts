import type { LambdaContext } from '../lambda-handler.ts';
import {
  endMsReserve,
  type MigrationHandlerDeps,
  migrateAndGrant,
  type Properties,
  requireRoleNames,
} from './migration-handler.ts';

/** The input of Terraform's `aws_lambda_invocation` with the scope `CRUD`. */
export type MigrationInvocation = Properties & {
  readonly tf?: {
    readonly action?: 'create' | 'update' | 'delete';
    /** The input of the last run; `null` on `create`. */
    readonly prev_input?: Properties | null;
  };
};

/** The answer to an invocation that has succeeded. */
export type MigrationAnswer = {
  /** The number of migrations. */
  readonly Applied: number;
  /**
   * The input. Terraform notes an input also where its invocation fails: the module compares it
   * with that of the last answer.
   */
  readonly Request: Properties;
};

/**
 * Migrates and grants as the custom resource does, where a tool invokes the function and waits for
 * its answer. The input has the properties of the custom resource. A deleted resource deletes
 * nothing.
 *
 * @throws {InvariantViolation} in INIT, unless it knows the roles of its clients
 */
export const createInvokedMigration = (deps: Omit<MigrationHandlerDeps, 'respond'>) => {
  requireRoleNames(deps.trust);
  return async (
    { tf, ...properties }: MigrationInvocation,
    context: Pick<LambdaContext, 'getRemainingTimeInMillis' | 'invokedFunctionArn'>,
  ): Promise<MigrationAnswer> => {
    if (tf?.action === 'delete') return { Applied: 0, Request: properties };
    const ms = Math.max(0, context.getRemainingTimeInMillis() - endMsReserve);
    const account = context.invokedFunctionArn?.split(':')[4];
    const request = { properties, before: tf?.prev_input ?? undefined, account };
    const deadline = deps.clock.now() + ms;
    const applied = await migrateAndGrant(deps, request, deadline, AbortSignal.timeout(ms));
    return { Applied: applied, Request: properties };
  };
};
