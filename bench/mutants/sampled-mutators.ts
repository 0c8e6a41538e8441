/**
 * A plugin of StrykerJS: adds the mutators of our own to StrykerJS's, and lets only those mutants
 * through that `MUTANTS_CHOSEN`, a file with a list of keys, names.
 *
 * StrykerJS has no plugins for mutators, so this changes its list, which is why its version is
 * pinned.
 */
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { ownMutators } from './own-mutators.ts';
import { Progress } from './progress.ts';
import type { Mutator, SyntaxPath } from './syntax.ts';

/** The list that StrykerJS reads; its package does not export it. */
const list = new URL(
  './node_modules/@stryker-mutator/instrumenter/dist/src/mutators/mutate.js',
  import.meta.url,
);
const { allMutators } = (await import(list.href)) as { readonly allMutators: Mutator[] };

/** Messages are texts for people, and no test should hold their wording. */
const leftOut = new Set(['StringLiteral']);

const chosenFile = process.env['MUTANTS_CHOSEN'];
const chosen =
  chosenFile === undefined
    ? undefined
    : new Set(JSON.parse(readFileSync(chosenFile, 'utf8')) as readonly string[]);

/** Keys of all mutants that were offered so far, in order. */
export const offered: string[] = [];

const keyOf = (name: string, { node, hub }: SyntaxPath, index: number): string => {
  const { start, end } = node.loc ?? { start: { line: 0, column: 0 }, end: { line: 0, column: 0 } };
  const file = relative(process.cwd(), hub.file.opts.filename);
  return `${file}:${start.line}:${start.column}-${end.line}:${end.column} ${name} ${index}`;
};

const sampled = ({ name, mutate, ...others }: Mutator): Mutator => ({
  ...others,
  name,
  *mutate(path, context) {
    let index = 0;
    for (const node of mutate(path, context)) {
      const key = keyOf(name, path, index);
      index += 1;
      offered.push(key);
      if (!chosen || chosen.has(key)) yield node;
    }
  },
});

const mutators = [...allMutators.filter(({ name }) => !leftOut.has(name)), ...ownMutators];
allMutators.splice(0, allMutators.length, ...mutators.map(sampled));

export const strykerPlugins = [
  { kind: 'Reporter', name: 'progress-of-sample', injectableClass: Progress },
];
