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

/**
 * Migrates and grants as the custom resource does, where a tool invokes the function and waits for
 * its answer. The input has the properties of the custom resource. The answer has `Applied`, the
 * number of migrations. A deleted resource deletes nothing.
 *
 * @throws {InvariantViolation} in INIT, unless it knows the roles of its clients
 */
export const createInvokedMigration = (deps: Omit<MigrationHandlerDeps, 'respond'>) => {
  requireRoleNames(deps.trust);
  return async (
    { tf, ...properties }: MigrationInvocation,
    context: Pick<LambdaContext, 'getRemainingTimeInMillis' | 'invokedFunctionArn'>,
  ): Promise<{ readonly Applied: number }> => {
    if (tf?.action === 'delete') return { Applied: 0 };
    const ms = Math.max(0, context.getRemainingTimeInMillis() - endMsReserve);
    const account = context.invokedFunctionArn?.split(':')[4];
    const request = { properties, before: tf?.prev_input ?? undefined, account };
    const deadline = deps.clock.now() + ms;
    return { Applied: await migrateAndGrant(deps, request, deadline, AbortSignal.timeout(ms)) };
  };
};
