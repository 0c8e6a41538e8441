import { describe, expect, test } from 'vitest';
import { commentsAreNarrow, commentsNameTheirSubject } from './comments.ts';
import { root } from './tools.ts';
import { readSources } from './tree.ts';

const path = 'src/domain/kernel/planted.ts';

const reported = (text: string): readonly string[] =>
  commentsNameTheirSubject([{ path, text: `${text}\nexport const used = 1;\n` }]).map(
    ({ problem }) => problem,
  );

test('no comment of this tree begins a sentence with What or Who as a noun', () => {
  expect(commentsNameTheirSubject(readSources(root))).toEqual([]);
});

test('no line of a comment of this tree is longer than 100 columns', () => {
  expect(commentsAreNarrow(readSources(root))).toEqual([]);
});

describe('a planted line', () => {
  const narrow = (text: string): readonly string[] =>
    commentsAreNarrow([{ path, text }]).map(({ problem }) => problem);

  test.each(['// ', '/** ', '   * ', '/* '])('is reported when it begins with %j', (begin) => {
    expect(narrow(begin + 'x'.repeat(100 - begin.length))).toEqual([]);
    expect(narrow(begin + 'x'.repeat(101 - begin.length))).toHaveLength(1);
  });

  test('is not reported for an address or a row of a table', () => {
    expect(narrow(` * https://example.org/${'x'.repeat(100)}`)).toEqual([]);
    expect(narrow(` * | a | ${'x'.repeat(100)} |`)).toEqual([]);
    expect(narrow(` * see https://example.org/${'x'.repeat(100)}`)).toHaveLength(1);
  });
});

describe('a planted comment', () => {
  test.each([
    '/** What a command leads to. */',
    '/** Who may connect. */',
    '// Whoever awaits it hears of it.',
    '/**\n * A sentence that is fine. What is left\n * waits.\n */',
    '// A line.\n// What follows is not answered.',
    'const used = 1; // What is used.',
    '/** Whom the alarm reaches. */',
  ])('is reported: %j', (comment) => {
    expect(reported(comment)).toEqual([
      expect.stringMatching(/^name the subject in place of: (?:What|Who|Whoever|Whom) /),
    ]);
  });

  test.each([
    '/** What is promised? */',
    '// What is\n// promised?',
    '/** The caller learns what it asked for. */',
    '/** The whole answer. Whole numbers only. */',
    '/** Whatever is left. Whose? */',
    "const text = 'What is left.';",
    'const text = `// What is left.`;',
  ])('is not reported: %j', (comment) => {
    expect(reported(comment)).toEqual([]);
  });

  test('is not reported in a folder that the rule does not hold yet', () => {
    const text = '/** What is left. */\n';
    expect(commentsNameTheirSubject([{ path: 'test/planted.ts', text }])).toEqual([]);
  });
});
