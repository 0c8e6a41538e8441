import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ambiguityOf } from './regex-ambiguity.ts';
import { regexesIn } from './regex-literals.ts';
import { root } from './tools.ts';

/** Code that reads what somebody else has written. */
const exposed = '{src,infra,packages,test/support}/**/*.{ts,js}';
/** Code that reads this project's own files and its own messages alone. */
const ownInput = '{bench,docs,test}/**/*.ts';
/** It has slow ones to find. */
const thisFile = 'test/arch/regexes.test.ts';

/** Files that make expressions as they run, and why the time of those is bounded. */
const made: Readonly<Record<string, string>> = {
  'infra/bundling/bundle-builtins.ts': "the names of Node's modules, held against module names",
  'infra/bundling/bundle-client-version.ts': 'it reads one file of an SDK, as a bundle is built',
  'infra/bundling/bundle-omissions.ts': 'names of packages, held against paths of a build',
  'infra/bundling/parts/kysely-files.ts': "it reads one file of Kysely's, as a bundle is built",
  'infra/bundling/parts/replacement.ts':
    'names of methods, held against a pinned file of a package',
  'infra/cloudformation/template-text.ts':
    'escaped texts and numbers, held against a template of the same synthesis',
  'packages/cli/src/local/eventbridge/pattern/pattern-strings.ts':
    'the text of a pattern, at one end of a value',
  'packages/cli/src/local/deployment/stacks/parameters.ts':
    'the pattern of a parameter, on values of at most 4,096 bytes',
  'packages/cli/src/local/template/validation/check-properties.ts':
    "AWS's patterns, none of exponential time, on values of at most 2,048 characters",
  'test/support/statements/plans.ts': 'a condition of a plan, for a statement of this project',
};

type Place = { readonly place: string; readonly source: string; readonly flags: string };

const placesIn = (pattern: string): readonly Place[] =>
  // The mutation tester's packages lie below bench once it has run.
  globSync(pattern, { cwd: root, exclude: ['**/node_modules/**'] })
    .filter((path) => path !== thisFile)
    .flatMap((path) =>
      regexesIn(readFileSync(join(root, path), 'utf8')).literals.map(({ source, flags, line }) => ({
        place: `${path}:${line}`,
        source,
        flags,
      })),
    );

const slow = (places: readonly Place[], growths: readonly string[]): readonly string[] =>
  places.flatMap(({ place, source, flags }) => {
    const found = ambiguityOf(source, flags);
    return found && growths.includes(found.growth)
      ? [
          `${place}: /${source}/${flags} takes ${found.growth} time, as on ${JSON.stringify(found.pump)} repeated`,
        ]
      : [];
  });

test('every regular expression takes time that is linear in what it reads', () => {
  const places = placesIn(exposed);
  // A reader that finds nothing would pass, too.
  expect(places.length).toBeGreaterThan(150);
  expect(slow(places, ['exponential', 'polynomial'])).toEqual([]);
}, 180_000);

test("no regular expression takes exponential time, not even on the project's own files", () => {
  expect(slow(placesIn(ownInput), ['exponential'])).toEqual([]);
});

test('an expression is made as the program runs only where its input is bounded', () => {
  const makers = globSync(exposed, { cwd: root }).filter(
    (path) => regexesIn(readFileSync(join(root, path), 'utf8')).made.length > 0,
  );
  expect(makers.filter((path) => !(path in made))).toEqual([]);
});

describe('the search for ambiguity', () => {
  test.each([
    [
      'white space and comments of dashes',
      /(?:[ \t\f\v]|--[^\n\r]*)*[\n\r](?:[ \t\f\v\n\r]|--[^\n\r]*[\n\r])*'/y,
    ],
    [
      'the same behind a constant that may end before it',
      /[eE]'(?:[^'\\]|\\[\s\S]|'')*'(?:(?:[ \t\f\v]|--[^\n\r]*)*[\n\r](?:[ \t\n\r\f\v]|--[^\n\r]*[\n\r])*'(?:[^'\\]|\\[\s\S]|'')*')*/y,
    ],
    ['a loop in a loop', /^(?:a+)+$/],
    ['a loop in a loop that may be empty', /(?:a*)*b/],
    ['two words for one thing', /^(?:a|[a-c])*$/],
    ['two roads to one end', /^(?:a|b|ab)*$/],
    ['a name and its copy', /^(?<name>x|y)+\k<name>*(?:x|x)*$/],
    ['what is looked for ahead', /^a(?=(?:b|b)*c)/],
  ])('finds exponential time in %s', (_, { source, flags }) => {
    expect(ambiguityOf(source, flags)?.growth).toBe('exponential');
  });

  test.each([
    [
      'white space that two parts may take',
      /^\s*INSERT\s+INTO\s+[\w."]+\s*(?:\([^()]*\))?\s*VALUES\b/i,
    ],
    ['a search for an end', /\s+$/],
    ['a search in all lines', /^[ \t]+x/gm],
    ['a mark whose end may never come', /--[^\n]*\n/],
    ['an end that is looked for ahead', /a(?!\s*\()/],
    ['an end that is looked for behind', /(?<=\(\s*)a/],
    ['what is looked for ahead and not taken', /(?=a+)b/],
    ['what is looked for behind and not taken', /(?<=a+)b/],
    ['a token that may not end', /"[^"\\]*(?:\\.[^"\\]*)*"/y],
    ['many repetitions', /^a{1,500}a{1,500}$/],
  ])('finds polynomial time in %s', (_, { source, flags }) => {
    expect(ambiguityOf(source, flags)?.growth).toBe('polynomial');
  });

  test.each([
    /^(?:a|b)*$/,
    /^(?:[^'\\]|\\.)*'/,
    /^(\d+)\.(\d+)(?:e([+-]?\d+))?$/i,
    /\w+/g,
    /--[^\n]*/g,
    /^(['"])(\w+)\1$/,
    /^[\p{L}\p{N}]+$/u,
    /^\s*INSERT\s+INTO\s+[\w."]+\s*(?:\([^()]*\)\s*)?VALUES\b/i,
  ])('finds nothing in %s', ({ source, flags }) => {
    expect(ambiguityOf(source, flags)).toBeUndefined();
  });
});

/**
 * How often a matcher that goes back looks at a character, on a text that does not match. Counted,
 * not timed.
 */
const stepsOf = (source: string, text: string): number => {
  let steps = 0;
  // Patterns of the property below: letters, choices, and loops that take something each round.
  type Rest = (at: number) => boolean;
  const match = (pattern: Shape, at: number, rest: Rest): boolean => {
    if (typeof pattern === 'string') {
      steps += 1;
      return steps < 50_000 && text[at] === pattern && rest(at + 1);
    }
    const [kind, ...parts] = pattern;
    if (kind === 'or') return parts.some((part) => match(part, at, rest));
    if (kind === 'then') {
      const go = (index: number, from: number): boolean => {
        const part = parts[index];
        return part === undefined ? rest(from) : match(part, from, (next) => go(index + 1, next));
      };
      return go(0, at);
    }
    const [body = 'a'] = parts;
    return match(body, at, (next) => next > at && match(pattern, next, rest)) || rest(at);
  };
  match(JSON.parse(source) as Shape, 0, (at) => at === text.length);
  return steps;
};

type Shape = string | readonly ['or' | 'then' | 'many', ...Shape[]];

const shape = fc.letrec<{ any: Shape; flat: Shape }>((tie) => ({
  flat: fc.constantFrom<Shape>('a', 'b'),
  any: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    tie('flat'),
    fc.tuple(tie('any'), tie('any')).map((parts): Shape => ['or', ...parts]),
    fc.tuple(tie('any'), tie('any')).map((parts): Shape => ['then', ...parts]),
    tie('any').map((part): Shape => ['many', part]),
  ),
})).any;

const textOf = (pattern: Shape): string => {
  if (typeof pattern === 'string') return pattern;
  const [kind, ...parts] = pattern;
  const texts = parts.map(textOf);
  if (kind === 'many') return `(?:${texts.join('')})*`;
  return kind === 'or' ? `(?:${texts.join('|')})` : texts.join('');
};

describe('the proof that an expression is linear', () => {
  test('holds against a matcher that counts its steps', () => {
    let linear = 0;
    const pumps = ['a', 'b', 'ab', 'ba', 'aab', 'abb'];
    fc.assert(
      fc.property(shape, (pattern) => {
        if (ambiguityOf(`^${textOf(pattern)}$`, '') !== undefined) return;
        linear += 1;
        for (const pump of pumps) {
          const [once, twice] = [64, 128].map((count) =>
            stepsOf(JSON.stringify(pattern), `${pump.repeat(count)}c`),
          );
          // Twice the text takes twice the steps, but for what is done once.
          expect(twice ?? 0).toBeLessThanOrEqual(3 * (once ?? 0) + 64);
        }
      }),
      { numRuns: 500 },
    );
    expect(linear).toBeGreaterThan(50);
  });
});
