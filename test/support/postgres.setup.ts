import type { TestProject } from 'vitest/node';
import { testPostgresOptions } from './config.ts';
import { startTestPostgres, type TestPostgres } from './postgres.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** URL of the PostgreSQL that all integration tests of a run share. */
    readonly postgresUrl: string;
  }
}

let postgres: TestPostgres | undefined;

/** Starts the PostgreSQL of the integration tests, once for the whole run. */
export const setup = async (project: TestProject): Promise<void> => {
  postgres = await startTestPostgres(testPostgresOptions());
  project.provide('postgresUrl', postgres.url);
  process.stdout.write(`integration tests run on: ${postgres.description}\n`);
};

export const teardown = async (): Promise<void> => {
  await postgres?.stop();
};
