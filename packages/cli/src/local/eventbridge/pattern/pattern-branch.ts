import { isConsistent, type TestedField } from './pattern-consistency.ts';
import type { FlatEvent, Leaf } from './pattern-event.ts';
import type { Match } from './pattern-match.ts';

/** One way to satisfy a pattern: alternatives by path, all paths required. */
export type Branch = ReadonlyMap<string, readonly Match[]>;

/**
 * The leaves of an event that a field's alternatives match. Branches that share the field share the
 * answer.
 */
export type TestedFields = Map<readonly Match[], TestedField>;

const testField = (matches: readonly Match[], leaves: readonly Leaf[]): TestedField => {
  const matched = leaves.map((leaf) => matches.some((match) => match.test(leaf)));
  return {
    leaves,
    matched,
    matchesAny: matched.includes(true),
    mayBeAbsent: matches.some((match) => match.absent === true),
  };
};

/** Prepares a branch; the result tells whether an event satisfies it. */
export const compileBranch = (
  branch: Branch,
): ((event: FlatEvent, tested: TestedFields) => boolean) => {
  const paths = [...branch].sort(([one], [other]) => (one < other ? -1 : 1));
  return (event, tested) => {
    const fields: TestedField[] = [];
    for (const [path, matches] of paths) {
      const field = tested.get(matches) ?? testField(matches, event.leavesAt(path));
      tested.set(matches, field);
      if (!field.matchesAny && !field.mayBeAbsent) return false;
      if (field.leaves.length > 0) fields.push(field);
    }
    return isConsistent(fields);
  };
};
