import { anyRun, type Wildcard, type WildcardToken } from './pattern-wildcard.ts';

/**
 * All wildcards of a field end to end, each in quotes and closed by `undefined`; a state is an
 * offset into them. States with equal labels are one in EventBridge's automaton: prefixes that the
 * wildcards of one match share.
 */
type Automaton = {
  readonly tokens: readonly (WildcardToken | undefined)[];
  readonly labels: readonly string[];
};

/**
 * The real limit is unpublished: EventBridge is known to accept 7 and to refuse 11, and Event
 * Ruler's own advice is 10 for a single rule.
 */
const wildcardComplexityMax = 10;

/**
 * Bounds the search; a pattern of 4,096 characters that stays below the limit has far fewer sets of
 * states.
 */
const stateSetsMax = 10_000;

const automatonOf = (matches: readonly (readonly Wildcard[])[]): Automaton => {
  const tokens: (WildcardToken | undefined)[] = [];
  const labels: string[] = [];
  for (const match of matches) {
    const group = JSON.stringify(match.map((wildcard) => wildcard.text));
    for (const wildcard of match) {
      const own = ['"', ...wildcard.tokens, '"', undefined];
      const spelled = own.map((token) => (token === anyRun ? '*' : `=${token}`));
      tokens.push(...own);
      labels.push(...own.map((_, index) => `${group}${spelled.slice(0, index).join('')}`));
    }
  }
  return { tokens, labels };
};

/** A run may be empty, so a state before `*` is also one after it. */
const withEmptyRuns = ({ tokens }: Automaton, states: Set<number>): ReadonlySet<number> => {
  for (const state of states) if (tokens[state] === anyRun) states.add(state + 1);
  return states;
};

const step = (
  automaton: Automaton,
  states: ReadonlySet<number>,
  character: WildcardToken,
): ReadonlySet<number> => {
  const next = new Set<number>();
  for (const state of states) {
    if (automaton.tokens[state - 1] === anyRun) next.add(state);
    if (automaton.tokens[state] === character) next.add(state + 1);
  }
  return withEmptyRuns(automaton, next);
};

/**
 * Whether some value would match more than `wildcardComplexityMax` prefixes of a field's wildcards
 * at once, which is what makes matching slow and what EventBridge limits. Each element holds the
 * wildcards of one match.
 */
export const isTooComplex = (matches: readonly (readonly Wildcard[])[]): boolean => {
  const automaton = automatonOf(matches);
  const { tokens, labels } = automaton;
  const alphabet = new Set(tokens.filter((token) => token !== anyRun && token !== undefined));
  const starts = tokens.flatMap((_, index) =>
    index === 0 || tokens[index - 1] === undefined ? [index] : [],
  );
  const seen = new Set<string>();
  const open = [withEmptyRuns(automaton, new Set(starts))];
  for (let states = open.pop(); states !== undefined; states = open.pop()) {
    for (const character of alphabet) {
      const next = step(automaton, states, character);
      const distinct = new Set([...next].map((state) => labels[state]));
      if (distinct.size > wildcardComplexityMax || seen.size > stateSetsMax) return true;
      const name = [...next].sort((one, other) => one - other).join();
      if (seen.has(name)) continue;
      seen.add(name);
      open.push(next);
    }
  }
  return false;
};
