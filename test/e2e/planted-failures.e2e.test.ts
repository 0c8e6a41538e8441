import { describe, expect, it } from 'vitest';
import { failures, findsFailure, withPlanted } from './local-app/planted-failures.ts';

describe('a newcomer finds by the terminal and the log files', () => {
  it(failures.nested.title, () => findsFailure('nested'));

  it('file and line of an import that is wrong', async () => {
    const { runner } = withPlanted('import');
    expect(await runner.exited).toBe(1);
    const errors = runner.output().match(/^antipode: .*$/gm);
    expect(errors).toEqual([
      expect.stringMatching(
        /failed: \S*wrong-import\.ts:1:\d+: ERROR: Could not resolve "\.\/nowhere\.ts"$/,
      ),
    ]);
  });
});
