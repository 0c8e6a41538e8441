import { InvalidJson, type JsonObjectText, type JsonText, parseJsonText } from './json-text.ts';
import { type Branch, compileBranch, type TestedFields } from './pattern-branch.ts';
import { isTooComplex } from './pattern-complexity.ts';
import { type FlatEvent, readEvent } from './pattern-event.ts';
import { type Match, type Refuse, readingAt } from './pattern-match.ts';
import { type FieldMismatch, nearestMismatch } from './pattern-mismatch.ts';
import { compileField } from './pattern-operators.ts';
import type { Wildcard } from './pattern-wildcard.ts';

/**
 * A compiled pattern: give `matches` the text of an event, or one that `readEvent` has flattened
 * for many patterns.
 */
export interface EventPattern {
  readonly matches: (event: string | FlatEvent) => boolean;
  /**
   * The fields that keep an event from matching, those of the envelope first. Where `$or` offers
   * several ways, those of the nearest one. Empty for an event that matches, and where only the
   * combination of fields in the items of an array does not.
   */
  readonly mismatches: (event: string | FlatEvent) => readonly FieldMismatch[];
}

/**
 * EventBridge would refuse the pattern; the message is that of its `InvalidEventPatternException`.
 */
export class InvalidEventPattern extends Error {
  override readonly name = 'InvalidEventPattern';
  constructor(reason: string, options?: ErrorOptions) {
    super(`Event pattern is not valid. Reason: ${reason}`, options);
  }
}

/** PutRule, API reference; AWS raises it on request. */
const patternLengthMax = 4096;

/**
 * EventBridge refuses rules whose `$or`s multiply to more combinations (user guide, event
 * patterns).
 */
const branchesMax = 1000;

/** As much of the pattern as AWS's parser repeats in a message. */
const quotedLengthMax = 500;

/**
 * Names that may not be fields inside `$or`: today's operators and those that Event Ruler keeps for
 * later.
 */
const reservedInOr: ReadonlySet<string> = new Set([
  ...['exactly', 'equals-ignore-case', 'prefix', 'suffix', 'anything-but', 'exists', 'wildcard'],
  ...['numeric', 'cidr', '=', '<', '<=', '>', '>=', 'regex', 'not-wildcard'],
  ...['not-equals-ignore-case', 'date-after', 'date-on-or-after', 'date-before'],
  ...['date-on-or-before', 'in-date-range', 'ip-address-in-range', 'ip-address-not-in-range'],
]);

const tooComplex =
  'Rule is too complex - try using fewer wildcard characters or fewer repeating character sequences after a wildcard character';

type Scope = {
  /** The path of the object, with a dot at its end; empty for the pattern itself. */
  readonly prefix: string;
  readonly insideOr: boolean;
  readonly refuse: Refuse;
  /** Receives the alternatives of each field, with their JSON. */
  readonly onField: (matches: readonly Match[], node: JsonText) => void;
};

const location = (text: string, at: number): string => {
  const before = text.slice(0, at);
  const line = before.split('\n').length;
  const surplus = text.length - quotedLengthMax;
  const quoted =
    surplus > 0 ? `"${text.slice(0, quotedLengthMax)}"[truncated ${surplus} chars]` : `"${text}"`;
  const column = at - before.lastIndexOf('\n');
  return `\n at [Source: (String)${quoted}; line: ${line}, column: ${column}]`;
};

const compileOr = (
  branches: readonly Branch[],
  node: JsonText,
  scope: Scope,
): readonly Branch[] => {
  if (node.kind !== 'array') {
    return scope.refuse('It must be an Array followed with $or.', readingAt(node));
  }
  const alternatives = node.items.flatMap((item) =>
    item.kind === 'object'
      ? compileObject(branches, item, { ...scope, insideOr: true })
      : scope.refuse('Only JSON object is allowed in array of $or relationship.', readingAt(item)),
  );
  if (node.items.length < 2) {
    scope.refuse('There must have at least 2 Objects in $or relationship.', node.end);
  }
  if (alternatives.length > branchesMax) {
    scope.refuse(`The $or relationships have more than ${branchesMax} combinations.`, node.end);
  }
  return alternatives;
};

const compileEntry = (
  branches: readonly Branch[],
  [key, value]: readonly [string, JsonText],
  scope: Scope,
): readonly Branch[] => {
  if (key === '$or') return compileOr(branches, value, scope);
  if (scope.insideOr && reservedInOr.has(key)) {
    scope.refuse(
      `${key} is Ruler reserved fieldName which cannot be used inside $or.`,
      readingAt(value),
    );
  }
  const path = `${scope.prefix}${key}`;
  if (value.kind === 'object') {
    return compileObject(branches, value, { ...scope, prefix: `${path}.` });
  }
  if (value.kind === 'array') {
    const matches = compileField(value, scope.refuse);
    scope.onField(matches, value);
    // The later of two entries for a path wins, also over one inside an earlier `$or`: it is not an
    // AND.
    return branches.map((branch) => new Map(branch).set(path, matches));
  }
  return scope.refuse(`"${key}" must be an object or an array`, readingAt(value));
};

const compileObject = (
  branches: readonly Branch[],
  node: JsonObjectText,
  scope: Scope,
): readonly Branch[] => {
  if (node.entries.length === 0) scope.refuse('Empty objects are not allowed', node.end);
  return node.entries.reduce((sofar, entry) => compileEntry(sofar, entry, scope), branches);
};

/**
 * Alternatives of a path count together over all branches, as they share one automaton in
 * EventBridge.
 */
const hasTooComplexField = (branches: readonly Branch[]): boolean => {
  const wildcards = new Map<string, Set<readonly Wildcard[]>>();
  for (const [path, matches] of branches.flatMap((branch) => [...branch])) {
    for (const { wildcards: own = [] } of matches) {
      // Branches share the matches of what stands beside their `$or`, which count once.
      if (own.length > 0) wildcards.set(path, (wildcards.get(path) ?? new Set()).add(own));
    }
  }
  return [...wildcards.values()].some((found) => isTooComplex([...found]));
};

const parse = (text: string): JsonText => {
  try {
    return parseJsonText(text);
  } catch (cause) {
    if (!(cause instanceof InvalidJson)) throw cause;
    throw new InvalidEventPattern(`${cause.message}${location(text, cause.at)}`, { cause });
  }
};

const compileText = (text: string, onField: Scope['onField']): readonly Branch[] => {
  const refuse: Refuse = (reason, at) => {
    throw new InvalidEventPattern(`${reason}${at === undefined ? '' : location(text, at)}`);
  };
  if (text.length > patternLengthMax) refuse(`It is longer than ${patternLengthMax} characters.`);
  const root = parse(text);
  if (root.kind !== 'object') return refuse('Filter is not an object', readingAt(root));
  const branches = compileObject([new Map()], root, {
    ...{ prefix: '', insideOr: false },
    ...{ refuse, onField },
  });
  return hasTooComplexField(branches) ? refuse(tooComplex) : branches;
};

/**
 * Compiles the JSON text of an event pattern as EventBridge reads it.
 *
 * @throws {InvalidEventPattern} with AWS's reason and the place in the text.
 * @example
 * const pattern = compilePattern('{"detail":{"amount":[{"numeric":[">",100]}]}}');
 * pattern.matches('{"detail":{"amount":100.50}}');
 */
export const compilePattern = (text: string): EventPattern => {
  const alternatives = new Map<readonly Match[], string>();
  const branches = compileText(text, (matches, { start, end }) => {
    alternatives.set(matches, text.slice(start, end));
  });
  const compiled = branches.map(compileBranch);
  const flatten = (event: string | FlatEvent): FlatEvent =>
    typeof event === 'string' ? readEvent(event) : event;
  const matches = (event: FlatEvent): boolean => {
    const tested: TestedFields = new Map();
    return compiled.some((satisfies) => satisfies(event, tested));
  };
  return {
    matches: (event) => matches(flatten(event)),
    mismatches: (event) => {
      const flat = flatten(event);
      return matches(flat) ? [] : nearestMismatch(branches, flat, alternatives);
    },
  };
};
