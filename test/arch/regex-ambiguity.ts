import { type Automaton, automatonOf, type State } from './regex-automaton.ts';
import { type Pattern, readPattern } from './regex-syntax.ts';

/** How the time of an expression may grow with a text, and what of the text to repeat. */
export type Ambiguity = {
  readonly growth: 'exponential' | 'polynomial';
  readonly pump: string;
};

/** Characters that tell classes apart, besides those of the expression itself. */
const samples = [
  ...Array.from({ length: 128 }, (_, code) => String.fromCharCode(code)),
  ...'\u0085\u00a0é¼中\u2028\u3000\ufeff\uffff',
  '😀',
];

/** One character for each set of classes that it may be in. */
const alphabetOf = (atoms: readonly string[], flags: string): readonly string[] => {
  const kept = flags.replaceAll(/[^isuv]/g, '');
  const expressions = [...new Set(atoms)].map((atom) => new RegExp(`^(?:${atom})$`, kept));
  const signatures = new Map<string, string>();
  for (const sample of [...samples, ...atoms.flatMap((atom) => [...atom])]) {
    const signature = expressions.map((one) => (one.test(sample) ? '1' : '0')).join('');
    if (signature.includes('1') && !signatures.has(signature)) signatures.set(signature, sample);
  }
  return [...signatures.values()];
};

/**
 * The states that a character leads to; states that have matched lead nowhere, since nothing is
 * tried any more.
 */
type Steps = (state: number, letter: number) => readonly number[];

const reachableFrom = (start: number, neighbours: (state: number) => Iterable<number>) => {
  const seen = new Set<number>();
  const waiting = [start];
  for (let state = waiting.pop(); state !== undefined; state = waiting.pop()) {
    for (const next of neighbours(state)) {
      if (!seen.has(next)) {
        seen.add(next);
        waiting.push(next);
      }
    }
  }
  return seen;
};

/**
 * A word that leads from one tuple of states to another, all at once; `undefined` where none does.
 */
const wordBetween = (
  from: readonly number[],
  isEnd: (states: readonly number[]) => boolean,
  allowed: readonly ReadonlySet<number>[],
  steps: Steps,
  letters: readonly string[],
): string | undefined => {
  const seen = new Map<string, string>([[from.join(), '']]);
  const waiting = [from];
  for (let at = 0; at < waiting.length; at += 1) {
    const states = waiting[at] ?? [];
    const word = seen.get(states.join()) ?? '';
    for (const [letter, text] of letters.entries()) {
      let tuples: (readonly number[])[] = [[]];
      for (const [index, state] of states.entries()) {
        const nexts = steps(state, letter).filter((next) => allowed[index]?.has(next));
        tuples = tuples.flatMap((tuple) => nexts.map((next) => [...tuple, next]));
      }
      for (const tuple of tuples) {
        const key = tuple.join();
        if (isEnd(tuple)) return word + text;
        if (seen.has(key)) continue;
        seen.set(key, word + text);
        waiting.push(tuple);
      }
    }
  }
  return undefined;
};

/**
 * @param isLook whether it looks around: what it has matched is not taken, and is read again from
 * the next place
 */
const analyse = (
  { states, search }: Automaton,
  flags: string,
  isLook: boolean,
): Ambiguity | undefined => {
  const live = states.map(({ accepts }) => isLook || !accepts);
  const letters = alphabetOf(
    states.slice(1).map(({ atom }) => atom),
    flags,
  );
  const kept = flags.replaceAll(/[^isuv]/g, '');
  const takes = states.map(({ atom }, at) => {
    const expression = new RegExp(`^(?:${atom})$`, kept);
    return letters.map((letter) => at === 1 || (at > 1 && expression.test(letter)));
  });
  const nextsOf = ({ nexts }: State): readonly number[] =>
    [...nexts.keys()].filter((next) => next !== 1 || search === 1);
  const all = states.map(nextsOf);
  const neighbours = all.map((nexts) => nexts.filter((next) => live[next]));
  const table = neighbours.map((nexts) =>
    letters.map((_, letter) => nexts.filter((next) => takes[next]?.[letter])),
  );
  const steps: Steps = (state, letter) => table[state]?.[letter] ?? [];
  const reach = states.map((_, state) => reachableFrom(state, (one) => neighbours[one] ?? []));
  const roots = [0, ...(search === undefined ? [] : [search])];
  // A match is tried for more before it counts.
  const alive = new Set(
    roots.flatMap((root) => [root, ...reachableFrom(root, (one) => all[one] ?? [])]),
  );
  const looping = [...alive].filter((state) => reach[state]?.has(state));
  const loopOf = (state: number): ReadonlySet<number> =>
    new Set(looping.filter((other) => reach[state]?.has(other) && reach[other]?.has(state)));

  for (const p of looping) {
    const loop = loopOf(p);
    const twice = [...(states[p]?.nexts ?? [])].find(
      ([next, count]) => count > 1 && loop.has(next),
    );
    const word = twice
      ? wordBetween([p], ([one]) => one === p, [loop], steps, letters)
      : divergence(p, loop, steps, letters);
    if (word !== undefined) return { growth: 'exponential', pump: word };
  }
  for (const p of looping) {
    for (const q of looping) {
      const loop = loopOf(p);
      if (p === q || loop.has(q) || !reach[p]?.has(q)) continue;
      const between = new Set(
        [...(reach[p] ?? [])].filter((one) => reach[one]?.has(q) || one === q),
      );
      const word = wordBetween(
        [p, p, q],
        ([a, b, c]) => a === p && b === q && c === q,
        [loop, between, loopOf(q)],
        steps,
        letters,
      );
      if (word !== undefined) return { growth: 'polynomial', pump: word };
    }
  }
  return undefined;
};

/**
 * A word on which a loop leads back to its state in two ways: they part, and they meet in the state
 * again.
 */
const divergence = (
  p: number,
  loop: ReadonlySet<number>,
  steps: Steps,
  letters: readonly string[],
): string | undefined => {
  let back: string | undefined;
  const there = wordBetween(
    [p, p],
    ([a, b]) => {
      if (a === b) return false;
      const parted = [a, b] as readonly number[];
      const meet = ([x, y]: readonly number[]) => x === p && y === p;
      back = wordBetween(parted, meet, [loop, loop], steps, letters);
      return back !== undefined;
    },
    [loop, loop],
    steps,
    letters,
  );
  return there === undefined ? undefined : there + back;
};

const ambiguityIn = (pattern: Pattern, flags: string, isLook = false): Ambiguity | undefined => {
  const automaton = automatonOf(pattern, flags);
  const found = analyse(automaton, flags, isLook);
  if (found?.growth === 'exponential') return found;
  const others = automaton.looks.map((look) => ambiguityIn(look, `${flags}g`, true));
  return others.find((one) => one?.growth === 'exponential') ?? found ?? others.find(Boolean);
};

/**
 * Looks for two ways through an expression on the same text, which make the time that it takes grow
 * faster than the text: two ways around one loop (exponential), or a text that one loop, the way to
 * another and that other loop all take (polynomial, such as a search for white space at an end).
 * `undefined` proves that there are none.
 */
export const ambiguityOf = (source: string, flags: string): Ambiguity | undefined =>
  ambiguityIn(readPattern(source), flags);
