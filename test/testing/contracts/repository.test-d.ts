import * as nodeTest from 'node:test';
import * as vitest from 'vitest';
import {
  type RepositoryExamples,
  repositoryContract,
  type TestDatabase,
} from '../../../src/testing/index.ts';
import { type Show, type ShowQuery, shows } from '../booking.ts';

declare const database: TestDatabase;
declare const hamlet: Show;

// The examples are typed by the repository, and the cases run where Vitest or Node runs tests.
const examples = {
  createSubject: async () => ({ region: database.primary, repository: shows }),
  unknown: { id: 'nobody' },
  states: { 'a show': { query: { id: 'hamlet' }, state: hamlet } },
};
for (const { name, run } of repositoryContract(examples)) vitest.it(name, run);
for (const { name, run } of repositoryContract(examples)) nodeTest.it(name, run);
// @ts-expect-error a query of another repository
repositoryContract({ ...examples, unknown: { name: 'nobody' } });
const other = { 'a show': { query: { id: 'hamlet' }, state: { id: 'hamlet' } } };
// @ts-expect-error a state of another repository
repositoryContract({ ...examples, states: other });
export type Examples = RepositoryExamples<ShowQuery, Show, readonly []>;
