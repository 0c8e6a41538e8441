import { covers } from './rules/wildcard.ts';

/** Why a finding is accepted. */
export type Acknowledgement = {
  /**
   * The id of a rule, with the detail in brackets that some rules add. `*` stands for any text in
   * it.
   */
  readonly rule: string;
  /** The paths of constructs below their stack. `*` stands for any text in it. */
  readonly resources: string;
  /** At least a sentence: what makes the finding harmless here, or who decided. */
  readonly reason: string;
};

/** Something that a rule of a pack objects to. */
export type SecurityFinding = {
  /** The id of the rule, with its detail in brackets. */
  readonly rule: string;
  readonly description: string;
  /** The path of the construct, its stack first. */
  readonly resource: string;
};

/** The findings of all packs, sorted by what becomes of them. */
export type SecurityReport = {
  /** Findings that nobody has accepted. */
  readonly open: readonly SecurityFinding[];
  /** Each acknowledgement with its findings, in the order of the list; some may have none. */
  readonly accepted: readonly {
    readonly acknowledgement: Acknowledgement;
    readonly findings: readonly SecurityFinding[];
  }[];
};

/** Words of a reason at least: fewer explain nothing. */
const reasonWordsMin = 5;

/** The path of a construct below its stack; `stacks` are the paths of all stacks. */
const pathBelow = (resource: string, stacks: readonly string[]): string => {
  const stack = stacks
    .filter((path) => resource.startsWith(`${path}/`))
    .toSorted((one, other) => other.length - one.length)[0];
  return stack === undefined ? resource : resource.slice(stack.length + 1);
};

/**
 * Sorts findings by the first acknowledgement that covers them.
 *
 * @throws {TypeError} for an acknowledgement without a reason
 */
export const sortFindings = (
  findings: readonly SecurityFinding[],
  acknowledgements: readonly Acknowledgement[],
  stacks: readonly string[],
): SecurityReport => {
  const bare = acknowledgements.find(
    ({ reason }) => reason.trim().split(/\s+/).length < reasonWordsMin,
  );
  if (bare) throw new TypeError(`${bare.rule} is accepted without a reason: add a sentence`);
  const byMatch = Map.groupBy(findings, (finding) =>
    acknowledgements.findIndex(
      ({ rule, resources }) =>
        covers(rule, finding.rule) && covers(resources, pathBelow(finding.resource, stacks)),
    ),
  );
  return {
    open: byMatch.get(-1) ?? [],
    accepted: acknowledgements.map((acknowledgement, index) => ({
      acknowledgement,
      findings: byMatch.get(index) ?? [],
    })),
  };
};
