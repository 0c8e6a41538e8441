import type { ConnectionPool, Migrator } from '../../../adapters/dsql/index.ts';
import { iamRolesOf } from '../../../adapters/dsql/migration/database-role.ts';
import { missingFrameworkTables } from '../../../adapters/dsql/records/framework-tables.ts';
import { InvalidInput, type Retrier } from '../../../domain/kernel/index.ts';
import type {
  VerificationRequest,
  VerifiedMigrations,
} from '../../../domain/kernel/verification.ts';

/** The parts of the migrating function, with which it answers. */
export type MigrationVerificationDeps = {
  readonly connections: ConnectionPool;
  readonly retrier: Retrier;
  readonly migrator: Pick<Migrator, 'status'>;
  readonly schema: string;
  /** The database role of the service. */
  readonly role: string;
};

/**
 * Answers the verification of the migrating function: it alone has the migrations, and connects as
 * `admin`. It changes nothing.
 */
export const answerMigrationVerification = async (
  { connections, retrier, migrator, schema, role }: MigrationVerificationDeps,
  request: VerificationRequest,
  deadline: number,
): Promise<VerifiedMigrations> => {
  if (request.name !== 'migrations') {
    throw new InvalidInput(
      `The migrating function does not answer the verification ${request.name}`,
    );
  }
  const { statuses, problems } = await migrator.status(deadline);
  const applied = new Set(['applied', 'newer']);
  return {
    pending: statuses.filter(({ state }) => !applied.has(state)).map(({ id }) => id),
    problems,
    missingTables: await missingFrameworkTables(connections, retrier, schema, deadline),
    iamRoles: await iamRolesOf(connections, retrier, role, deadline),
  };
};
