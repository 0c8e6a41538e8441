import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Where a file is in its project, from 0 for the first to almost 1 for the last. */
const placesIn = (files: readonly TestSpecification[]) =>
  files.map((file, index) => [file, index / files.length] as const);

/**
 * Spreads the files of each project evenly over the group that it runs in, so that those which
 * compute run beside those which wait. The largest of each come first.
 */
export class SpreadSequencer extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const projects = Map.groupBy(sorted, ({ project }) => project.name);
    const places = new Map([...projects.values()].flatMap(placesIn));
    const orderOf = ({ project }: TestSpecification) => project.config.sequence.groupOrder;
    const placeOf = (file: TestSpecification) => places.get(file) ?? 0;
    return sorted.toSorted(
      (left, right) => orderOf(left) - orderOf(right) || placeOf(left) - placeOf(right),
    );
  }
}
