import type { Pattern } from './regex-syntax.ts';

type Node =
  | { kind: 'atom'; text: string; next: Node }
  | { kind: 'split'; nexts: Node[] }
  | { kind: 'start' | 'condition'; next: Node }
  | { kind: 'accept' };

/** A place in an expression behind a character, and where the next character may lead. */
export type State = {
  /** The class of characters that lead here. */
  readonly atom: string;
  /** How many ways lead to each next state: one, or two for all that are more. */
  readonly nexts: ReadonlyMap<number, number>;
  /** Whether the expression has matched here, whatever follows. */
  readonly accepts: boolean;
};

/** An expression of which each state is the one behind a character; state 0 is before all. */
export type Automaton = {
  readonly states: readonly State[];
  /** Where a search that did not succeed before may begin: any character leads back to it. */
  readonly search: number | undefined;
  /** The expressions of what is looked for ahead or behind. */
  readonly looks: readonly Pattern[];
};

/** More repetitions than these are taken for any number. */
const copiesMax = 6;

class Builder {
  readonly looks: Pattern[] = [];

  build(pattern: Pattern, next: Node): Node {
    switch (pattern.kind) {
      case 'atom':
        return { kind: 'atom', text: pattern.text, next };
      case 'sequence':
        return pattern.items.reduceRight((behind, item) => this.build(item, behind), next);
      case 'choice':
        return { kind: 'split', nexts: pattern.items.map((item) => this.build(item, next)) };
      case 'repeat':
        return this.#repeat(pattern, next);
      case 'look':
        this.looks.push(pattern.body);
        return { kind: 'condition', next };
      default:
        return { kind: pattern.kind, next };
    }
  }

  #repeat({ body, min, max }: Pattern & { kind: 'repeat' }, next: Node): Node {
    let end = next;
    if (max > copiesMax) {
      const loop: Node = { kind: 'split', nexts: [] };
      loop.nexts.push(this.build(body, loop), next);
      end = loop;
    } else {
      for (let copy = min; copy < max; copy += 1) {
        end = { kind: 'split', nexts: [this.build(body, end), next] };
      }
    }
    for (let copy = 0; copy < Math.min(min, copiesMax); copy += 1) end = this.build(body, end);
    return end;
  }
}

type Reached = { readonly counts: Map<Node, number>; accepts: boolean };

/**
 * Behind a character and at the begin of a round: a loop that goes round without a character ends
 * in JavaScript.
 */
const visitsMax = 2;

/** All ways to the next characters. */
const reach = (from: Node, mayBeStart: boolean): Reached => {
  const reached: Reached = { counts: new Map(), accepts: false };
  const path: Node[] = [];
  const visit = (node: Node, certain: boolean): void => {
    if (path.filter((one) => one === node).length >= visitsMax) return;
    if (node.kind === 'accept') {
      reached.accepts ||= certain;
    } else if (node.kind === 'atom') {
      reached.counts.set(node, Math.min(2, (reached.counts.get(node) ?? 0) + 1));
    } else if (node.kind !== 'start' || mayBeStart) {
      path.push(node);
      const nexts = node.kind === 'split' ? node.nexts : [node.next];
      for (const next of nexts) visit(next, certain && node.kind === 'split');
      path.pop();
    }
  };
  visit(from, true);
  return reached;
};

/**
 * Makes an automaton of an expression that is tried at each place of a text, unless it says
 * otherwise.
 */
export const automatonOf = (pattern: Pattern, flags: string): Automaton => {
  const builder = new Builder();
  const root = builder.build(pattern, { kind: 'accept' });
  const numbers = new Map<Node, number>();
  const found: { readonly atom: string; readonly reached: Reached }[] = [];
  const manyLines = flags.includes('m');
  const numberOf = (node: Node): number => {
    const known = numbers.get(node);
    if (known !== undefined) return known;
    const number = waiting.length;
    numbers.set(node, number);
    waiting.push(node);
    return number;
  };
  // 0 is before the text, 1 behind a part of it that has not matched.
  const waiting: (Node | undefined)[] = [undefined, undefined];
  found.push({ atom: '', reached: reach(root, true) });
  found.push({ atom: '[^]', reached: reach(root, manyLines) });
  for (const { reached } of found.slice(0, 2))
    for (const node of reached.counts.keys()) numberOf(node);
  for (let at = 2; at < waiting.length; at += 1) {
    const node = waiting[at];
    if (node?.kind !== 'atom') continue;
    const reached = reach(node.next, manyLines);
    found.push({ atom: node.text, reached });
    for (const next of reached.counts.keys()) numberOf(next);
  }
  const repeats = /[gy]/.test(flags);
  const searches =
    (found[1]?.reached.counts.size ?? 0) > 0 && (repeats || !found[1]?.reached.accepts);
  const states = found.map(({ atom, reached }, at): State => {
    const nexts = new Map([...reached.counts].map(([node, count]) => [numberOf(node), count]));
    if (at === 1) nexts.set(1, 1);
    return { atom, nexts, accepts: at > 1 && reached.accepts };
  });
  return { states, search: searches ? 1 : undefined, looks: builder.looks };
};
