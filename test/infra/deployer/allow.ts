import type { Policy, PolicyStatement } from '../../../infra/deployer/policy.ts';

/** A call as IAM judges it. */
export type Call = {
  readonly action: string;
  readonly resource: string;
  /** Values of condition keys. */
  readonly context?: Readonly<Record<string, string>>;
};

/** A pattern of IAM: `*` stands for any text, `?` for any character. */
const matches = (pattern: string, text: string): boolean => {
  // Walks both texts, and goes back to the last star where they differ.
  let [at, from, star, marked] = [0, 0, -1, 0];
  while (at < text.length) {
    if (pattern[from] === '*') {
      star = from;
      marked = at;
      from += 1;
    } else if (from < pattern.length && (pattern[from] === '?' || pattern[from] === text[at])) {
      from += 1;
      at += 1;
    } else if (star >= 0) {
      from = star + 1;
      marked += 1;
      at = marked;
    } else {
      return false;
    }
  }
  return [...pattern.slice(from)].every((letter) => letter === '*');
};

const operators: Readonly<Record<string, (pattern: string, value: string) => boolean>> = {
  StringEquals: (pattern, value) => pattern === value,
  StringLike: matches,
  ArnLike: matches,
};

/** Whether all conditions hold. A key without a value fails its condition, as in IAM. */
const holds = ({ Condition = {} }: PolicyStatement, { context = {} }: Call): boolean =>
  Object.entries(Condition).every(([operator, keys]) => {
    const compare = operators[operator];
    if (!compare) throw new TypeError(`The operator ${operator} is not known here`);
    return Object.entries(keys).every(([key, wanted]) => {
      const value = context[key];
      return value !== undefined && [wanted].flat().some((pattern) => compare(pattern, value));
    });
  });

/** The statements of policies that allow a call; none where IAM would deny it. */
export const allowing = (policies: readonly Policy[], call: Call): readonly PolicyStatement[] =>
  policies.flatMap(({ Statement }) =>
    Statement.filter(
      (one) =>
        // IAM compares actions without their case, and resources with it.
        one.Action.some((action) => matches(action.toLowerCase(), call.action.toLowerCase())) &&
        one.Resource.some((resource) => matches(resource, call.resource)) &&
        holds(one, call),
    ),
  );
