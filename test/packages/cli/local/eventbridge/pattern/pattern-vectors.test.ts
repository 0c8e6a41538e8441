import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import {
  compilePattern,
  InvalidEventPattern,
} from '../../../../../../packages/cli/src/local/eventbridge/pattern/pattern.ts';
import { InvalidEvent } from '../../../../../../packages/cli/src/local/eventbridge/pattern/pattern-event.ts';

type Vector = {
  readonly id: string;
  readonly pattern: string;
  readonly event: string;
  readonly expected: boolean | 'error';
};

/**
 * Cases computed with AWS's Event Ruler; kept beside the repository, not in it. They come on top of
 * our own cases, which always run: `pattern.test.ts` and `pattern.prop.test.ts`.
 */
const file = new URL('../../../../../../../shared/vectors/event-patterns.json', import.meta.url);

const readVectors = (): readonly Vector[] =>
  (JSON.parse(readFileSync(file, 'utf8')) as { readonly vectors: readonly Vector[] }).vectors;

const outcome = ({ pattern, event }: Vector): boolean | 'error' => {
  try {
    return compilePattern(pattern).matches(event);
  } catch (error) {
    if (error instanceof InvalidEventPattern || error instanceof InvalidEvent) return 'error';
    throw error;
  }
};

if (existsSync(file)) {
  const vectors = readVectors();
  const groups = [...new Set(vectors.map(({ id }) => id.split('/')[0] ?? ''))];
  describe('event patterns match as Event Ruler does', () => {
    it.each(groups)('in every vector of the group %s', (group) => {
      const cases = vectors.filter(({ id }) => id.startsWith(`${group}/`));
      const wrong = cases.filter((vector) => outcome(vector) !== vector.expected);
      expect(cases.length).toBeGreaterThan(0);
      expect(wrong).toEqual([]);
    });
  });
} else {
  it('NOT RUN: event patterns match as Event Ruler does in its vectors', (context) => {
    const reason = `NOT RUN: the vectors of Event Ruler: there is no ${fileURLToPath(file)}`;
    // The reporter counts a skipped test and does not name it.
    console.warn(reason);
    context.skip(reason);
  });
}
