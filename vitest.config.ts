import { readFileSync } from 'node:fs';
import { defineConfig } from 'vitest/config';

type PackageExports = {
  readonly exports: Readonly<Record<string, string | { readonly default: string }>>;
};

/** The package's own subpaths, from their sources: the examples of the documents import them as users do. */
const sources = (): Record<string, string> => {
  const { exports } = JSON.parse(
    readFileSync(`${import.meta.dirname}/package.json`, 'utf8'),
  ) as PackageExports;
  return Object.fromEntries(
    Object.entries(exports).flatMap(([subpath, target]) =>
      typeof target === 'string'
        ? []
        : [
            [
              subpath.replace('.', 'antipode'),
              target.default.replace('./dist', import.meta.dirname).replace(/js$/, 'ts'),
            ],
          ],
    ),
  );
};

/** Folder of the tests that judge the tree itself; they compile and lint copies of it. */
const architecture = 'test/arch/**';

/**
 * Unit and architecture tests come first, on all cores. The integration tests share one PostgreSQL, which
 * their global setup starts; the end-to-end tests start the local stack. Both run file by file, because they
 * keep time and measure it.
 */
export default defineConfig({
  test: {
    projects: [
      {
        resolve: { alias: sources() },
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['**/*.int.test.ts', '**/*.e2e.test.ts', architecture],
          // Nothing is mutable at module scope, so files may share it: a sixth of the time.
          isolate: false,
          maxWorkers: '100%',
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: 'arch',
          include: [`${architecture}/*.test.ts`],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          maxWorkers: '100%',
          sequence: { groupOrder: 1 },
        },
      },
      {
        resolve: { alias: sources() },
        test: {
          name: 'int',
          include: ['test/**/*.int.test.ts'],
          globalSetup: ['test/support/compile-cache.setup.ts', 'test/support/postgres.setup.ts'],
          testTimeout: 30_000,
          hookTimeout: 60_000,
          fileParallelism: false,
          sequence: { groupOrder: 2 },
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/**/*.e2e.test.ts'],
          globalSetup: ['test/support/compile-cache.setup.ts'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
          fileParallelism: false,
          sequence: { groupOrder: 3 },
        },
      },
    ],
  },
});
