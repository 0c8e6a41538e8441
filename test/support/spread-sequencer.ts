import { readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Where a file is in its project, from 0 for the first to almost 1 for the last. */
const placesIn = (files: readonly TestSpecification[]) =>
  files.map((file, index) => [file, index / files.length] as const);

/**
 * Bytes of a test file and of the modules beside it or below its folder that it imports: they hold
 * the tests that it shares with a longer proof.
 */
const bytesOf = ({ moduleId }: TestSpecification): number => {
  const text = readFileSync(moduleId, 'utf8');
  return (
    [...text.matchAll(/ from '(\.\/[^']+)'/g)]
      // A text of a test may look like an import.
      .map(([, path = '']) => statSync(join(dirname(moduleId), path), { throwIfNoEntry: false }))
      .map((found) => found?.size ?? 0)
      .reduce((sum, size) => sum + size, text.length)
  );
};

/** The largest first, where an earlier run has not said how long each takes. */
const bySize = (files: readonly TestSpecification[]): readonly TestSpecification[] => {
  const sizes = new Map(files.map((file) => [file, bytesOf(file)]));
  return files.toSorted((left, right) => (sizes.get(right) ?? 0) - (sizes.get(left) ?? 0));
};

/**
 * Spreads the files of each project evenly over the group that it runs in, so that those which
 * compute run beside those which wait. The longest of each come first.
 */
export class SpreadSequencer extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const known = files.some((file) => this.ctx.cache.getTestSpecificationResult(file));
    const sorted = known ? await super.sort(files) : bySize(files);
    const projects = Map.groupBy(sorted, ({ project }) => project.name);
    const places = new Map([...projects.values()].flatMap(placesIn));
    const orderOf = ({ project }: TestSpecification) => project.config.sequence.groupOrder;
    const placeOf = (file: TestSpecification) => places.get(file) ?? 0;
    return sorted.toSorted(
      (left, right) => orderOf(left) - orderOf(right) || placeOf(left) - placeOf(right),
    );
  }
}
