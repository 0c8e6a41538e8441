import { envelopeLevelsMax } from '../event.ts';
import {
  InvalidJson,
  type JsonArray,
  type JsonObjectText,
  type JsonScalar,
  type JsonText,
  parseJsonText,
} from './json-text.ts';
import { comparableNumber } from './pattern-numbers.ts';

/** The event as a whole, or an object or array that is an item of one of its arrays. */
export type Element = {
  /** The array that it is an item of. */
  readonly array: EventArray | undefined;
};

/** An array of the event, and the element that it lies in. */
export type EventArray = { readonly within: Element };

/** A leaf of an event. `comparable` is absent where a number can only be compared as text. */
export type Leaf = {
  readonly kind: JsonScalar['kind'];
  readonly text: string;
  readonly comparable: number | undefined;
  /** The innermost element that the leaf lies in; a scalar in an array is none itself. */
  readonly element: Element;
};

/** An event that was read once, for any number of patterns. */
export interface FlatEvent {
  /** The leaves at a dotted path; a key that has dots equals keys within each other. */
  readonly leavesAt: (path: string) => readonly Leaf[];
}

/** The event is not JSON, or not an object. */
export class InvalidEvent extends Error {
  override readonly name = 'InvalidEvent';
}

const leafOf = (node: JsonScalar, element: Element): Leaf =>
  node.kind === 'string'
    ? { kind: 'string', text: node.value, comparable: undefined, element }
    : {
        kind: node.kind,
        text: node.text,
        comparable: node.kind === 'number' ? comparableNumber(node.text) : undefined,
        element,
      };

/** The value that `make` gives for a key, made once. */
const madeOnce = <Key, Value>(
  values: Map<Key, Value>,
  key: Key,
  make: (key: Key) => Value,
): Value => {
  const made = values.get(key) ?? make(key);
  values.set(key, made);
  return made;
};

const membersOf = ({ entries }: JsonObjectText): ReadonlyMap<string, readonly JsonText[]> => {
  const members = new Map<string, JsonText[]>();
  for (const [key, value] of entries) {
    const same = members.get(key);
    if (same) same.push(value);
    else members.set(key, [value]);
  }
  return members;
};

/** A value on the way along a path, whose rest begins at `at`. */
type Place = { readonly node: JsonText; readonly at: number; readonly element: Element };

/**
 * Looks a path up instead of writing out the path of every leaf: those of a deep event are together
 * much longer than the event. Loops, since the stack's end depends on the caller.
 */
const walker = (root: JsonObjectText): ((path: string) => readonly Leaf[]) => {
  const members = new Map<JsonObjectText, ReadonlyMap<string, readonly JsonText[]>>();
  const arrays = new Map<JsonArray, EventArray>();
  const elements = new Map<JsonText, Element>();
  const whole: Element = { array: undefined };

  /** Every key that the rest of the path may begin with: up to each of its dots, and all of it. */
  const enterObject = (open: Place[], path: string, { node, at, element }: Place): void => {
    if (node.kind !== 'object') return;
    const values = madeOnce(members, node, membersOf);
    for (let dot = path.indexOf('.', at); at <= path.length; dot = path.indexOf('.', dot + 1)) {
      const end = dot < 0 ? path.length : dot;
      for (const value of values.get(path.slice(at, end)) ?? []) {
        open.push({ node: value, at: end + 1, element });
      }
      if (dot < 0) return;
    }
  };

  const enterArray = (open: Place[], { node, at, element }: Place): void => {
    if (node.kind !== 'array') return;
    const array = madeOnce(arrays, node, () => ({ within: element }));
    for (const item of node.items) {
      const nested = item.kind === 'object' || item.kind === 'array';
      const own = nested ? madeOnce(elements, item, () => ({ array })) : element;
      open.push({ node: item, at, element: own });
    }
  };

  return (path) => {
    const leaves: Leaf[] = [];
    const open: Place[] = [{ node: root, at: 0, element: whole }];
    for (let place = open.pop(); place; place = open.pop()) {
      const { node, at, element } = place;
      if (node.kind === 'object') enterObject(open, path, place);
      else if (node.kind === 'array') enterArray(open, place);
      else if (at > path.length) leaves.push(leafOf(node, element));
    }
    return leaves;
  };
};

/** Prepares a parsed event for matching. */
export const flattenEvent = (root: JsonText): FlatEvent => {
  if (root.kind !== 'object') throw new InvalidEvent('Event must be a JSON object');
  const walk = walker(root);
  const found = new Map<string, readonly Leaf[]>();
  return { leavesAt: (path) => madeOnce(found, path, walk) };
};

/**
 * Reads an event for matching.
 *
 * @throws {InvalidEvent} if the text is not a JSON object.
 */
export const readEvent = (text: string): FlatEvent => {
  try {
    return flattenEvent(parseJsonText(text, envelopeLevelsMax));
  } catch (cause) {
    if (cause instanceof InvalidJson) throw new InvalidEvent(cause.message, { cause });
    throw cause;
  }
};
