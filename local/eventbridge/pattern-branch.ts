import type { FlatEvent, Leaf, Membership } from './pattern-event.ts';
import type { Match } from './pattern-match.ts';

/** One way to satisfy a pattern: alternatives by path, all paths required. */
export type Branch = ReadonlyMap<string, readonly Match[]>;

/** What an event offers one path of a branch, reduced to where in the event's arrays it lies. */
type Candidates = {
  readonly matching: ReadonlySet<Membership>;
  readonly present: ReadonlySet<Membership>;
  readonly mayBeAbsent: boolean;
};

const none: readonly Leaf[] = [];
const nowhere: Membership = new Map();

/** Both memberships, or undefined if they name different elements of one array. */
const join = (one: Membership, other: Membership): Membership | undefined => {
  if (other.size === 0) return one;
  if (one.size === 0) return other;
  const joined = new Map(one);
  for (const [array, index] of other) {
    const taken = joined.get(array);
    if (taken !== undefined && taken !== index) return undefined;
    joined.set(array, index);
  }
  return joined;
};

const candidatesFor = (matches: readonly Match[], leaves: readonly Leaf[]): Candidates => {
  const satisfies = (leaf: Leaf): boolean => matches.some((match) => match.test(leaf));
  return {
    matching: new Set(leaves.filter(satisfies).map((leaf) => leaf.membership)),
    present: new Set(leaves.map((leaf) => leaf.membership)),
    mayBeAbsent: matches.some((match) => match.absent === true),
  };
};

/**
 * Whether one value for each path can be taken without leaving an element of any array. Absence is judged against the
 * elements that the paths before it, in order, have settled on, as Event Ruler does.
 */
const isConsistent = (
  candidates: readonly Candidates[],
  index: number,
  sofar: Membership,
): boolean => {
  const candidate = candidates[index];
  if (!candidate) return true;
  for (const membership of candidate.matching) {
    const joined = join(sofar, membership);
    if (joined && isConsistent(candidates, index + 1, joined)) return true;
  }
  const isAbsent = ![...candidate.present].some((membership) => join(sofar, membership));
  return candidate.mayBeAbsent && isAbsent && isConsistent(candidates, index + 1, sofar);
};

/** Prepares a branch; the result tells whether an event satisfies it. */
export const compileBranch = (branch: Branch): ((event: FlatEvent) => boolean) => {
  const paths = [...branch].sort(([one], [other]) => (one < other ? -1 : 1));
  return (event) => {
    const candidates: Candidates[] = [];
    for (const [path, matches] of paths) {
      const candidate = candidatesFor(matches, event.get(path) ?? none);
      if (candidate.matching.size === 0 && !candidate.mayBeAbsent) return false;
      candidates.push(candidate);
    }
    return isConsistent(candidates, 0, nowhere);
  };
};
