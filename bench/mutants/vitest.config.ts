import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** The tests of one area: a JSON list of globs. */
const include = JSON.parse(process.env['MUTANTS_TESTS'] ?? '[]') as string[];
const needsDatabase = include.some((glob) => glob.includes('.int.'));

/** A run ends with the first test that notices the mutant: those without a database go first. */
class CheapFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isCheap = ({ moduleId }: TestSpecification): boolean => !moduleId.includes('.int.');
    const sorted = await super.sort(files);
    return sorted.toSorted((one, other) => Number(isCheap(other)) - Number(isCheap(one)));
  }
}

export default defineConfig({
  test: {
    include,
    exclude: needsDatabase ? [] : ['**/*.int.test.ts'],
    globalSetup: needsDatabase ? ['test/support/postgres.setup.ts'] : [],
    sequence: { sequencer: CheapFirst },
    testTimeout: 30_000,
    hookTimeout: 60_000,
    fileParallelism: false,
    isolate: false,
  },
});
