import { readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/**
 * A byte of an end-to-end test takes several times as long as one of another test: it deploys, or
 * starts a stack.
 */
const endToEndFactor = 5;

/** Bytes of a test file that has no tests of its own, and calls some of another module. */
const thinBytesMax = 500;

/**
 * Bytes of a test file and of the modules beside it or below its folder that it imports: they hold
 * the tests that it shares with a longer proof. Those of a thin file may lie anywhere. Those of an
 * end-to-end test weigh more.
 */
const weightOf = ({ moduleId }: TestSpecification): number => {
  const text = readFileSync(moduleId, 'utf8');
  const imported = text.length <= thinBytesMax ? / from '(\.\.?\/[^']+)'/g : / from '(\.\/[^']+)'/g;
  const bytes = [...text.matchAll(imported)]
    // A text of a test may look like an import.
    .map(([, path = '']) => statSync(join(dirname(moduleId), path), { throwIfNoEntry: false }))
    .map((found) => found?.size ?? 0)
    .reduce((sum, size) => sum + size, text.length);
  return moduleId.includes('.e2e.') ? bytes * endToEndFactor : bytes;
};

/** The longest first by their texts, where an earlier run has not said how long each takes. */
const byText = (files: readonly TestSpecification[]): readonly TestSpecification[] => {
  const weights = new Map(files.map((file) => [file, weightOf(file)]));
  return files.toSorted((left, right) => (weights.get(right) ?? 0) - (weights.get(left) ?? 0));
};

/**
 * Puts the files of a project one after the other, the longest first. In a group, the projects keep
 * their order in the configuration.
 *
 * Vitest hands a process on only to the file that is next in its queue. Were the projects mixed,
 * each file would end a process that others share, with the modules that it has loaded.
 */
export class ProjectSequencer extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const known = files.some((file) => this.ctx.cache.getTestSpecificationResult(file));
    const sorted = known ? await super.sort(files) : byText(files);
    const orderOf = ({ project }: TestSpecification) => project.config.sequence.groupOrder;
    const rankOf = ({ project }: TestSpecification) => this.ctx.projects.indexOf(project);
    return sorted.toSorted(
      (left, right) => orderOf(left) - orderOf(right) || rankOf(left) - rankOf(right),
    );
  }
}
