import { InvalidJson, type JsonScalar, type JsonText, parseJsonText } from './json-text.ts';
import { comparableNumber } from './pattern-numbers.ts';

/** Which element of which array of the event a value lies in, by the array's ordinal. */
export type Membership = ReadonlyMap<number, number>;

/** A leaf of an event. `comparable` is absent where a number can only be compared as text. */
export type Leaf = {
  readonly kind: JsonScalar['kind'];
  readonly text: string;
  readonly comparable: number | undefined;
  readonly membership: Membership;
};

/** An event flattened once, for any number of patterns: its leaves by dotted path. */
export type FlatEvent = ReadonlyMap<string, readonly Leaf[]>;

/** The event is not JSON, or not an object. */
export class InvalidEvent extends Error {
  override readonly name = 'InvalidEvent';
}

type Walk = { readonly leaves: Map<string, Leaf[]>; arrays: number };

const nowhere: Membership = new Map();

const leafOf = (node: JsonScalar, membership: Membership): Leaf =>
  node.kind === 'string'
    ? { kind: 'string', text: node.value, comparable: undefined, membership }
    : {
        kind: node.kind,
        text: node.text,
        comparable: node.kind === 'number' ? comparableNumber(node.text) : undefined,
        membership,
      };

const flatten = (walk: Walk, path: string, node: JsonText, membership: Membership): void => {
  if (node.kind === 'object') {
    for (const [key, value] of node.entries) {
      flatten(walk, path === '' ? key : `${path}.${key}`, value, membership);
    }
  } else if (node.kind === 'array') {
    const array = walk.arrays++;
    for (const [index, item] of node.items.entries()) {
      const nested = item.kind === 'object' || item.kind === 'array';
      flatten(walk, path, item, nested ? new Map(membership).set(array, index) : membership);
    }
  } else {
    const leaf = leafOf(node, membership);
    const leaves = walk.leaves.get(path);
    if (leaves) leaves.push(leaf);
    else walk.leaves.set(path, [leaf]);
  }
};

/** Flattens a parsed object. */
export const flattenEvent = (root: JsonText): FlatEvent => {
  if (root.kind !== 'object') throw new InvalidEvent('Event must be a JSON object');
  const walk: Walk = { leaves: new Map(), arrays: 0 };
  flatten(walk, '', root, nowhere);
  return walk.leaves;
};

/**
 * Reads an event for matching.
 *
 * @throws {InvalidEvent} if the text is not a JSON object.
 */
export const readEvent = (text: string): FlatEvent => {
  try {
    return flattenEvent(parseJsonText(text));
  } catch (cause) {
    if (cause instanceof InvalidJson) throw new InvalidEvent(cause.message, { cause });
    throw cause;
  }
};
