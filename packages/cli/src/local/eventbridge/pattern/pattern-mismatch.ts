import type { Branch } from './pattern-branch.ts';
import type { FlatEvent, Leaf } from './pattern-event.ts';
import type { Match } from './pattern-match.ts';

/** A field of a pattern that an event does not satisfy. */
export type FieldMismatch = {
  /** Dotted, such as `detail.amount`. */
  readonly path: string;
  /** JSON text of the alternatives in the pattern. */
  readonly expected: string;
  /** The values of the event as JSON texts, the first few; empty where it has none. */
  readonly found: readonly string[];
};

/** Values of one field that are told; an array of the event may have thousands. */
const foundMax = 5;

const shown = ({ kind, text }: Leaf): string => (kind === 'string' ? JSON.stringify(text) : text);

/** A field that must be absent fails by any value, also where the event as a whole decides. */
const isSatisfied = (matches: readonly Match[], leaves: readonly Leaf[]): boolean =>
  leaves.length === 0
    ? matches.some(({ absent }) => absent === true)
    : leaves.some((leaf) => matches.some((match) => match.test(leaf)));

/** The fields of the envelope come first: a rule for another type says little about the detail. */
const byPlace = ([one]: readonly [string, unknown], [other]: readonly [string, unknown]): number =>
  Number(one.startsWith('detail.')) - Number(other.startsWith('detail.')) || (one < other ? -1 : 1);

/**
 * The fields that an event does not satisfy, in the branch that fails in the fewest.
 *
 * @param alternatives the JSON text of each field's alternatives
 */
export const nearestMismatch = (
  branches: readonly Branch[],
  event: FlatEvent,
  alternatives: ReadonlyMap<readonly Match[], string>,
): readonly FieldMismatch[] => {
  const failing = branches.map((branch) =>
    [...branch].filter(([path, matches]) => !isSatisfied(matches, event.leavesAt(path))),
  );
  const [nearest = []] = failing.toSorted((one, other) => one.length - other.length);
  return nearest.toSorted(byPlace).map(([path, matches]) => ({
    path,
    expected: alternatives.get(matches) ?? '',
    // The last value of an array comes first.
    found: event.leavesAt(path).toReversed().slice(0, foundMax).map(shown),
  }));
};
