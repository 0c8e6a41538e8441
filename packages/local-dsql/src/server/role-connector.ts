import { createHmac } from 'node:crypto';
import pg from 'pg';
import { type Backend, BackendRefusal, connectBackend } from '../backend/backend.ts';
import { endPool } from '../postgres/end-pool.ts';
import { clientConfig, type Postgres, withoutWorkers } from '../postgres/postgres.ts';
import type { ServiceError } from '../protocol/protocol.ts';
import { accessDenied, tooManyConnections } from '../protocol/service-errors.ts';

/** Opens PostgreSQL connections under the database roles that tokens are for. */
export interface RoleConnector {
  /** Whether `AWS IAM GRANT` has given this principal the role. */
  readonly isMapped: (role: string, principalArn: string) => Promise<boolean>;
  /** Connects as the role, or returns the error of a role that cannot log in. */
  readonly connect: (
    role: string,
    parameters: Readonly<Record<string, string>>,
  ) => Promise<Backend | ServiceError>;
  readonly stop: () => Promise<void>;
}

/** Connections for look-ups. More of them would wait for the same catalog. */
const lookupConnectionsMax = 2;
const invalidPassword = '28P01';
/** Key of the advisory lock around changes of a role: any number that no other lock uses. */
const roleLock = 7_305_401;

/** Set on every session; DSQL knows no other isolation. */
const sessionDefaults = {
  default_transaction_isolation: 'repeatable read',
  ...withoutWorkers,
};

/**
 * Roles log in to PostgreSQL as themselves, with a password derived from the superuser's. With `SET
 * SESSION AUTHORIZATION` instead, the client could reset the session to the superuser.
 *
 * @param sessionSettings settings of every session that a client cannot change
 */
export const createRoleConnector = (
  postgres: Postgres,
  sessionSettings: Readonly<Record<string, string>>,
): RoleConnector => {
  const pool = new pg.Pool({ ...clientConfig(postgres), max: lookupConnectionsMax });
  pool.on('error', () => undefined);

  const rolePassword = (role: string): string =>
    createHmac('sha256', postgres.password).update(`dsql role ${role}`).digest('base64url');

  const allowLogin = async (role: string): Promise<boolean> => {
    const { rows } = await pool.query<{ statement: string }>(
      `SELECT format('ALTER ROLE %I PASSWORD %L', rolname, $2::text) AS statement
       FROM pg_roles WHERE rolname = $1 AND rolcanlogin AND NOT rolsuper`,
      [role, rolePassword(role)],
    );
    const statement = rows[0]?.statement;
    if (statement === undefined) return false;
    // PostgreSQL fails all but one of several changes at once, so they take a lock. It holds for
    // both Regions' endpoints.
    await pool.query(
      `SELECT pg_advisory_xact_lock(${roleLock}); SET scram_iterations = 1; ${statement}`,
    );
    return true;
  };

  const open = (role: string, parameters: Readonly<Record<string, string>>): Promise<Backend> =>
    connectBackend({
      postgres,
      user: role,
      password: rolePassword(role),
      parameters: { ...sessionDefaults, ...sessionSettings, ...parameters },
    });

  return {
    isMapped: async (role, principalArn) => {
      const { rowCount } = await pool.query(
        'SELECT FROM sys.iam_pg_role_mappings WHERE pg_role_name = $1 AND arn = $2',
        [role, principalArn],
      );
      return rowCount === 1;
    },
    connect: async (role, parameters) => {
      try {
        return await open(role, parameters).catch(async (error: unknown) => {
          const unknownPassword =
            error instanceof BackendRefusal && error.fields['C'] === invalidPassword;
          if (!unknownPassword || !(await allowLogin(role))) throw error;
          return await open(role, parameters);
        });
      } catch (error) {
        if (!(error instanceof BackendRefusal)) throw error;
        const { C: code = '', M: message = '' } = error.fields;
        if (code === tooManyConnections.code) return tooManyConnections;
        return code.startsWith('28') ? accessDenied() : { code, message };
      }
    },
    stop: () => endPool(pool),
  };
};
