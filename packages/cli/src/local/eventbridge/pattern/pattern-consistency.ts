import type { Element, EventArray, Leaf } from './pattern-event.ts';

/** A field of a pattern, and the leaves of an event at its path. */
export type TestedField = {
  readonly leaves: readonly Leaf[];
  /** Whether the field matches the leaf at the same index. */
  readonly matched: readonly boolean[];
  readonly matchesAny: boolean;
  readonly mayBeAbsent: boolean;
};

/** An element that leaves lie in, and which of the arrays in it they lie in. Fields are indexes. */
type ElementScope = {
  /** By field, whether it matches a leaf that lies in this element and in no array of it. */
  readonly own: Map<number, boolean>;
  readonly arrays: ArrayScope[];
  lastField: number;
};

type ArrayScope = {
  /** The fields with leaves in the array, in order. */
  readonly fields: number[];
  readonly elements: ElementScope[];
  /** Whether demands can be met, by their text. */
  readonly met: Map<string, boolean>;
};

/**
 * How a field has to be satisfied somewhere: by a value, by the absence of any, or by either.
 * Absence is judged against the elements that the fields before it, in order, have settled on, as
 * Event Ruler does.
 */
type Demand = { readonly field: number; readonly by: 'value' | 'absence' | 'either' };

/** The demands that a field leaves to the arrays of an element. */
type Way = readonly (readonly [ArrayScope, Demand])[];

/**
 * Ways that are tried for the fields of one element. Only events that repeat a key, or mix values
 * and arrays in an array, offer more than one.
 */
const waysMax = 1_000;

const nothing: Way = [];

/**
 * Arranges the leaves of all fields by the arrays that they lie in; the result is the event as a
 * whole.
 */
const arrange = (fields: readonly TestedField[]): ElementScope | undefined => {
  const elements = new Map<Element, ElementScope>();
  const arrays = new Map<EventArray, ArrayScope>();
  let whole: ElementScope | undefined;

  const arrayScope = (array: EventArray): ArrayScope => {
    const scope = arrays.get(array) ?? { fields: [], elements: [], met: new Map() };
    arrays.set(array, scope);
    return scope;
  };
  const elementScope = (element: Element): ElementScope => {
    const known = elements.get(element);
    if (known) return known;
    const scope: ElementScope = { own: new Map(), arrays: [], lastField: -1 };
    elements.set(element, scope);
    if (element.array) arrayScope(element.array).elements.push(scope);
    else whole = scope;
    return scope;
  };
  /** Tells the arrays around an element that a field has leaves in them, from the innermost. */
  const announce = (innermost: Element, field: number): void => {
    for (let element: Element | undefined = innermost; element; element = element.array?.within) {
      const scope = elementScope(element);
      if (scope.lastField === field) return;
      scope.lastField = field;
      if (!element.array) return;
      const array = arrayScope(element.array);
      if (array.fields.length === 0) elementScope(element.array.within).arrays.push(array);
      if (array.fields.at(-1) !== field) array.fields.push(field);
    }
  };

  for (const [field, { leaves, matched }] of fields.entries()) {
    for (const [index, { element }] of leaves.entries()) {
      const { own } = elementScope(element);
      own.set(field, own.get(field) === true || matched[index] === true);
      announce(element, field);
    }
  }
  return whole;
};

/** The ways in which an element can satisfy a field; none if it cannot. */
const waysOf = (
  { own, arrays }: ElementScope,
  { field, by }: Demand,
  fields: readonly TestedField[],
): readonly Way[] => {
  const value = own.get(field);
  const within = arrays.filter((array) => array.fields.includes(field));
  const mayBeAbsent = fields[field]?.mayBeAbsent === true && by !== 'value' && value === undefined;
  if (within.length === 0 && value === undefined) return mayBeAbsent ? [nothing] : [];
  const demand = (of: ArrayScope, how: Demand['by']) => [of, { field, by: how }] as const;
  const absent = (): Way => within.map((array) => demand(array, 'absence'));
  if (by === 'absence') return mayBeAbsent ? [absent()] : [];
  const [only, ...more] = within;
  if (only && more.length === 0 && value === undefined) return [[demand(only, by)]];
  // A value outside of the arrays settles on no element, which only the absence of a later field
  // may need.
  const settles = fields.some((later, index) => index > field && later.mayBeAbsent);
  if (value === true && !settles) return [nothing];
  return [
    ...(value === true ? [nothing] : []),
    ...within.map((array): Way => [demand(array, 'value')]),
    ...(mayBeAbsent ? [absent()] : []),
  ];
};

/** The demands of one choice of ways, by array; `choice` counts through all of them. */
const chosen = (
  ways: readonly (readonly Way[])[],
  choice: number,
): ReadonlyMap<ArrayScope, Demand[]> => {
  const demands = new Map<ArrayScope, Demand[]>();
  let rest = choice;
  for (const each of ways) {
    for (const [array, demand] of each[rest % each.length] ?? nothing) {
      const others = demands.get(array);
      if (others) others.push(demand);
      else demands.set(array, [demand]);
    }
    rest = Math.floor(rest / each.length);
  }
  return demands;
};

/** A question that asks others before it answers. */
interface Question extends Generator<Question, boolean, boolean> {}

/**
 * Answers a question in a loop: arrays may lie deeper within each other than the stack has room
 * for.
 */
const answered = (question: Question): boolean => {
  const open = [question];
  let answer = false;
  for (let last = open.at(-1); last; last = open.at(-1)) {
    const { done, value } = last.next(answer);
    if (done) {
      answer = value;
      open.pop();
    } else open.push(value);
  }
  return answer;
};

/** Whether some element of an array meets the demands, which are in the order of their fields. */
function* isMet(
  array: ArrayScope,
  demands: readonly Demand[],
  fields: readonly TestedField[],
): Question {
  const name = demands.map(({ field, by }) => `${field}${by}`).join();
  const known = array.met.get(name);
  if (known !== undefined) return known;
  const [first, ...others] = demands;
  let met = false;
  // Before the first field settles on an element, every leaf of the array is within reach: none is
  // absent.
  if (first && first.by !== 'absence') {
    const settled: readonly Demand[] = [{ field: first.field, by: 'value' }, ...others];
    for (const element of array.elements) {
      met = yield holds(element, settled, fields);
      if (met) break;
    }
  }
  array.met.set(name, met);
  return met;
}

/** Whether an element meets the demands. */
function* holds(
  element: ElementScope,
  demands: readonly Demand[],
  fields: readonly TestedField[],
): Question {
  const ways: (readonly Way[])[] = [];
  for (const demand of demands) {
    const own = waysOf(element, demand, fields);
    if (own.length === 0) return false;
    ways.push(own);
  }
  const choices = ways.reduce((product, { length }) => product * length, 1);
  for (let choice = 0; choice < Math.min(choices, waysMax); choice += 1) {
    let met = true;
    for (const [array, own] of chosen(ways, choice)) {
      met = yield isMet(array, own, fields);
      if (!met) break;
    }
    if (met) return true;
  }
  return false;
}

/**
 * Whether each field can be satisfied without leaving an element of any array for another. Arrays
 * beside each other are independent, so each element is looked at once, however many elements the
 * other arrays have.
 *
 * @param fields In the order of their paths; each has leaves.
 */
export const isConsistent = (fields: readonly TestedField[]): boolean => {
  const whole = arrange(fields);
  const demands = fields.map((_, field): Demand => ({ field, by: 'either' }));
  return whole === undefined || answered(holds(whole, demands, fields));
};
