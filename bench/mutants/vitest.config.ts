import { defineConfig } from 'vitest/config';

/** The tests of one area: a JSON list of globs. */
const include = JSON.parse(process.env['MUTANTS_TESTS'] ?? '[]') as string[];
const needsDatabase = include.some((glob) => glob.includes('.int.'));

export default defineConfig({
  test: {
    include,
    exclude: needsDatabase ? [] : ['**/*.int.test.ts'],
    globalSetup: needsDatabase ? ['test/support/postgres.setup.ts'] : [],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    fileParallelism: false,
  },
});
