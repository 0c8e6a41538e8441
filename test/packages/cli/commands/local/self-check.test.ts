import { expect, it } from 'vitest';
import { runSelfCheck } from '../../../../../packages/cli/src/commands/local/self-check.ts';
import type { CheckContext } from '../../../../../packages/cli/src/local/scenario.ts';

const regions = [{ region: 'us-east-1', url: 'http://127.0.0.1:9' }];

/** The lines that a check prints, without times. */
const printed = async (check: (context: CheckContext) => Promise<void>) => {
  const lines: string[] = [];
  const print = (line: string) => lines.push(line);
  await runSelfCheck({ examples: [], check }, { regions } as never, [], print);
  return lines.map((line) => line.replace(/^ {2}ok +\d+ ms {2}/, ''));
};

it('prints the text that a step returns', async () => {
  const lines = await printed(({ step }) => step('order', async () => '2 are left'));
  expect(lines).toContain('order: 2 are left');
});

it('prints the title alone of a step that returns nothing', async () => {
  const lines = await printed(({ step }) => step('wait', async () => {}));
  expect(lines).toContain('wait');
});
