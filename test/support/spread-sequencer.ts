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
 * Puts the files of a group that share no process before those that do, and spreads each of the two
 * evenly over its projects, so that tests which compute run beside those which wait. The longest of
 * each project come first.
 *
 * Vitest hands a process on only to the file that is next in its queue. Were the two kinds mixed,
 * each file with a process of its own would end the process that other files share.
 */
export class SpreadSequencer extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const known = files.some((file) => this.ctx.cache.getTestSpecificationResult(file));
    const sorted = known ? await super.sort(files) : bySize(files);
    const projects = Map.groupBy(sorted, ({ project }) => project.name);
    const places = new Map([...projects.values()].flatMap(placesIn));
    const orderOf = ({ project }: TestSpecification) => project.config.sequence.groupOrder;
    const sharingOf = ({ project }: TestSpecification) => (project.config.isolate ? 0 : 1);
    const placeOf = (file: TestSpecification) => places.get(file) ?? 0;
    return sorted.toSorted(
      (left, right) =>
        orderOf(left) - orderOf(right) ||
        sharingOf(left) - sharingOf(right) ||
        placeOf(left) - placeOf(right),
    );
  }
}
