import type { TestProject } from 'vitest/node';
import { testPostgresOptions } from './config.ts';
import { startTestPostgres, type TestPostgres } from './postgres.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /**
     * URLs of the run's PostgreSQLs, one for each worker: a file has a server to itself, roles and
     * locks included.
     */
    readonly postgresUrls: readonly string[];
  }
}

let servers: readonly TestPostgres[] = [];

/**
 * One for each worker; a single file needs no more than its own, and a proof without a database
 * none.
 */
const countFor = ({ vitest, config }: TestProject): number => {
  const files = vitest.state.getPaths();
  if (!files.some((path) => path.includes('.int.'))) return 0;
  return files.length === 1 ? 1 : config.maxWorkers;
};

/** Starts the PostgreSQLs of the integration tests, once for the whole run. */
export const setup = async (project: TestProject): Promise<void> => {
  const options = testPostgresOptions();
  const count = countFor(project);
  servers = await Promise.all(Array.from({ length: count }, () => startTestPostgres(options)));
  project.provide(
    'postgresUrls',
    servers.map(({ url }) => url),
  );
  const [first] = servers;
  if (first) process.stdout.write(`integration tests run on: ${first.description}\n`);
};

export const teardown = async (): Promise<void> => {
  await Promise.all(servers.map((server) => server.stop()));
};
