import { InvariantViolation } from '../../domain/kernel/index.ts';

export type {
  DsqlEndpoint,
  LocalCertificate,
  Postgres,
} from 'antipode-local-dsql';

type LocalDsql = typeof import('antipode-local-dsql');

/**
 * Loads the local DSQL when a test starts one. Tests of decisions alone do not need the package.
 *
 * @throws {InvariantViolation} when it is not installed
 */
export const loadLocalDsql = async (): Promise<LocalDsql> => {
  try {
    return await import('antipode-local-dsql');
  } catch (cause) {
    const { code } = cause as { readonly code?: unknown };
    if (code !== 'ERR_MODULE_NOT_FOUND') throw cause;
    throw new InvariantViolation(
      'The test database needs the package antipode-local-dsql: install it as a development dependency',
      { cause },
    );
  }
};
