import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { root } from '../tools.ts';
import { recipeTree, steps, timeoutMs } from './recipe-tree.ts';
import { commandSteps, consumerSteps, eventSteps, kindSteps } from './reversal.ts';

const tree = recipeTree();
afterAll(tree.remove);

const contributing = readFileSync(join(root, 'CONTRIBUTING.md'), 'utf8');

/** The headings of the recipes. */
const headings = (): readonly string[] =>
  [...contributing.matchAll(/^### (Add .*)$/gm)].map(([, heading = '']) => heading);

/**
 * The steps below a heading of CONTRIBUTING, numbered or not, each with the paths that it names.
 */
const recipe = (heading: string): readonly (readonly string[])[] => {
  const [, section = ''] = contributing.split(`### ${heading}\n`);
  const [own = ''] = section.split('\n### ');
  return own
    .split(/^\d+\. /m)
    .map((step) =>
      [...step.matchAll(/`((?:src|infra|test|packages)\/[^`]*)`/g)].map(([, path = '']) => path),
    );
};

describe('the recipes for an event, a kind of transaction, a command and a consumer', () => {
  // With the CDK, `infra` takes as long again to compile: the proof of the recipes does that.
  test('compile in the service that they touch', { timeout: timeoutMs }, async () => {
    tree.take(steps);
    expect(await tree.wrongFiles('service')).toEqual([]);
  });

  test('book a reversal as one', { timeout: timeoutMs }, async () => {
    tree.take(steps);
    const { incrementOf } = await import(tree.at('src/domain/ledger/totals.ts'));
    const { rowOfTransaction, transactionOfRow } = await import(
      tree.at('src/adapters/ledger/rows.ts')
    );
    const data = { amount: '1.00', currency: 'USD' };
    expect(incrementOf({ id: 'a', type: 'TransactionReversed', data }).kind).toBe('reversal');
    const amount = { minor: 100n, currency: 'USD' };
    const common = { id: 'r-1', region: 'us-east-1', recordedAt: 0, amount };
    const reversal = { ...common, kind: 'reversal', accountId: 'a' };
    expect(transactionOfRow(rowOfTransaction(reversal))).toEqual(reversal);
  });

  test('name files that there are', () => {
    const paths = headings().flatMap((heading) => recipe(heading).flat());
    expect(paths.length).toBeGreaterThan(30);
    const missing = paths.filter((path) => !path.includes('<') && !existsSync(join(root, path)));
    expect(missing).toEqual([]);
  });

  test.each([
    ['Add an event', eventSteps],
    ['Add a kind of transaction', kindSteps],
    ['Add a command', commandSteps],
    ['Add a consumer', consumerSteps],
  ] as const)('%s names the files of its steps in their order', (heading, own) => {
    const named = recipe(heading).flat();
    const positions = own.map(({ file }) =>
      named.indexOf(file.replace('reverse-transaction.ts', '<verb>.ts')),
    );
    expect(positions).not.toContain(-1);
    expect(positions).toEqual(positions.toSorted((left, right) => left - right));
  });
});
