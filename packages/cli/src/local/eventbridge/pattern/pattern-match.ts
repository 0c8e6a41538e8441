import type { JsonText } from './json-text.ts';
import type { Leaf } from './pattern-event.ts';
import type { Wildcard } from './pattern-wildcard.ts';

/** One alternative of a field: a test of a value, or the absence of any. */
export type Match = {
  readonly test: (leaf: Leaf) => boolean;
  /** Set for `exists: false`, which no value satisfies. */
  readonly absent?: true;
  /** The wildcards that this match adds to the complexity of its field. */
  readonly wildcards?: readonly Wildcard[];
};

/**
 * Refuses the pattern for a reason, at an offset of its text; without one the message names no
 * place.
 */
export type Refuse = (reason: string, at?: number) => never;

export type CompileMatch = (operand: JsonText, refuse: Refuse) => Match;

/**
 * The position of AWS's parser after a token. It has opened a string or a container, and not yet
 * read it.
 */
export const readingAt = (node: JsonText): number =>
  node.kind === 'number' || node.kind === 'literal' ? node.end : node.start + 1;

/** A token as AWS's reasons quote it. */
export const tokenText = (node: JsonText): string => {
  if (node.kind === 'array') return '[';
  if (node.kind === 'object') return '{';
  return node.kind === 'string' ? node.value : node.text;
};

/** A match that only strings can satisfy. */
export const onStrings = (test: (text: string) => boolean): Match => ({
  test: (leaf) => leaf.kind === 'string' && test(leaf.text),
});

/** The string, or a refusal for `reason`. */
export const stringOf = (node: JsonText, refuse: Refuse, reason: string): string =>
  node.kind === 'string' ? node.value : refuse(reason, readingAt(node));
