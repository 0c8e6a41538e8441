import type { PostgresSource, TestPostgresOptions } from './postgres.ts';

const sources: readonly PostgresSource[] = ['testcontainers', 'embedded'];

/**
 * The settings of the tests' PostgreSQL in the environment.
 *
 * - `ANTIPODE_TEST_POSTGRES`: `testcontainers` or `embedded` forces that source.
 * - `ANTIPODE_TEST_IMAGE`: image for the container instead of `postgres:16`.
 *
 * @throws {Error} when the source is neither.
 */
export const testPostgresOptions = (
  environment: Readonly<Record<string, string | undefined>> = process.env,
): TestPostgresOptions => {
  const asked = environment['ANTIPODE_TEST_POSTGRES'] || undefined;
  const source = sources.find((known) => known === asked);
  if (asked !== undefined && source === undefined) {
    throw new Error(
      `ANTIPODE_TEST_POSTGRES is "${asked}": set ${sources.join(' or ')}, or nothing.`,
    );
  }
  return { source, image: environment['ANTIPODE_TEST_IMAGE'] || undefined };
};
