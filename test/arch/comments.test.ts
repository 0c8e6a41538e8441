import { describe, expect, test } from 'vitest';
import { commentsNameTheirSubject } from './comments.ts';
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
