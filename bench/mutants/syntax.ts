/** The parts of Babel's syntax tree that the mutators of our own read. */
export type SyntaxNode = {
  readonly type: string;
  readonly loc?: {
    readonly start: { readonly line: number; readonly column: number };
    readonly end: { readonly line: number; readonly column: number };
  };
  readonly [property: string]: unknown;
};

/** A place in Babel's syntax tree. */
export type SyntaxPath = {
  readonly node: SyntaxNode;
  readonly parent: SyntaxNode;
  readonly hub: { readonly file: { readonly opts: { readonly filename: string } } };
};

/**
 * A kind of mutation, as StrykerJS asks for it at each node: yields the nodes to try in its place.
 */
export type Mutator = {
  readonly name: string;
  readonly mutate: (path: SyntaxPath, context?: unknown) => Iterable<SyntaxNode>;
};
