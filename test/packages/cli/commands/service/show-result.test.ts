import { describe, expect, it } from 'vitest';
import { askToGoOn } from '../../../../../packages/cli/src/commands/service/confirm.ts';
import { showResult } from '../../../../../packages/cli/src/commands/service/show-result.ts';

const cause = '\u001b[2Jgone\u009b31m\nAll is well\r';

const printed = (json: boolean): readonly string[] => {
  const lines: string[] = [];
  showResult({ json }, { print: (line) => void lines.push(line) })({ cause }, ['a\tb', cause]);
  return lines;
};

describe('a result at a terminal', () => {
  it('has no character of an event that a terminal obeys, nor a line of its own', () => {
    expect(printed(false)).toEqual(['a\tb', '?[2Jgone?31m?All is well?']);
  });

  it('has them as escapes in JSON', () => {
    const [line = '', ...others] = printed(true);
    expect(others).toEqual([]);
    expect(line).toMatch(/^[ -~]+$/);
    expect(JSON.parse(line)).toEqual({ cause });
  });
});

describe('a question', () => {
  it('has none either', async () => {
    const asked: string[] = [];
    const agrees = async (question: string) => asked.push(question) > 0;
    await askToGoOn({ dryRun: false, yes: false }, { isThere: true, agrees }, `Run ${cause}?`);
    expect(asked).toEqual(['Run ?[2Jgone?31m?All is well??']);
  });
});
