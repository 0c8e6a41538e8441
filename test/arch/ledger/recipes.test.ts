import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dependenciesPointInward, vendorsStayOutside } from '../rules.ts';
import { copyCompiledTree, root, run } from '../tools.ts';
import { readSources } from '../tree.ts';
import {
  commandSteps,
  consumerSteps,
  eventSteps,
  kindSteps,
  type Step,
  watchBalances,
} from './reversal.ts';

/** A compilation of the copy, the first of which is cold; 2 s here, more on a loaded machine. */
const timeoutMs = 180_000;

const steps = [...eventSteps, ...kindSteps, ...commandSteps, ...consumerSteps];

/** The parts that a recipe touches; the CDK alone has more files than all the rest, so `infra` is by itself. */
const parts = {
  service: [
    'src/domain',
    'src/adapters/ledger',
    'src/handlers/ledger',
    'test/contracts/ledger',
    'test/domain/ledger',
    'test/adapters/ledger/*.prop.test.ts',
    'test/e2e/ledger/bad-requests.ts',
  ],
  infra: ['infra/ledger'],
} as const;

type Part = keyof typeof parts;

const partOf = ({ named }: Step): Part => (named.startsWith('infra/') ? 'infra' : 'service');

const folder = copyCompiledTree(() => true);
afterAll(folder.remove);

const at = (file: string): string => join(folder.path, file);

const configuration = (part: Part) => ({
  extends: './tsconfig.base.json',
  compilerOptions: {
    composite: false,
    declaration: false,
    incremental: true,
    noEmit: true,
    rewriteRelativeImportExtensions: false,
    rootDir: '.',
    tsBuildInfoFile: `${part}.tsbuildinfo`,
    types: ['node'],
  },
  include: parts[part],
});

/** The files in which the compiler finds errors; each run takes over what the one before has found of other files. */
const wrongFiles = async (part: Part): Promise<readonly string[]> => {
  const { output } = await run(folder.path, 'tsc', '-p', `tsconfig.${part}.json`);
  return [...output.matchAll(/^(\S+?)\(\d+,\d+\): error TS\d+/gm)].map(([, path = '']) => path);
};

/** The text of a file after the steps, of those that are given, that change it. */
const textAfter = (file: string, taken: readonly Step[]): string | undefined => {
  const original = existsSync(join(root, file))
    ? readFileSync(join(root, file), 'utf8')
    : undefined;
  return taken
    .filter((step) => step.file === file)
    .reduce<string | undefined>((text, { edits }) => {
      if (typeof edits === 'string') return edits;
      return edits.reduce((edited, [found, replaced]) => {
        if (!edited.includes(found)) throw new Error(`${file} has no ${JSON.stringify(found)}`);
        return edited.replace(found, () => replaced);
      }, text ?? '');
    }, original);
};

const take = (taken: readonly Step[]): void => {
  for (const file of new Set(steps.map((step) => step.file))) {
    const text = textAfter(file, taken);
    if (text === undefined) rmSync(at(file), { force: true });
    else if (!existsSync(at(file)) || readFileSync(at(file), 'utf8') !== text) {
      writeFileSync(at(file), text);
    }
  }
};

const contributing = readFileSync(join(root, 'CONTRIBUTING.md'), 'utf8');

/** The headings of the recipes. */
const headings = (): readonly string[] =>
  [...contributing.matchAll(/^### (Add .*)$/gm)].map(([, heading = '']) => heading);

/** The steps below a heading of CONTRIBUTING, numbered or not, each with the paths that it names. */
const recipe = (heading: string): readonly (readonly string[])[] => {
  const [, section = ''] = contributing.split(`### ${heading}\n`);
  const [own = ''] = section.split('\n### ');
  return own
    .split(/^\d+\. /m)
    .map((step) =>
      [...step.matchAll(/`((?:src|infra|test|packages)\/[^`]*)`/g)].map(([, path = '']) => path),
    );
};

beforeAll(() => {
  writeFileSync(at(watchBalances.file), watchBalances.text);
  for (const part of ['service', 'infra'] as const) {
    writeFileSync(at(`tsconfig.${part}.json`), JSON.stringify(configuration(part)));
  }
});

describe('the recipes for an event, a kind of transaction, a command and a consumer', () => {
  test('compile in the parts of the tree that they touch', { timeout: timeoutMs }, async () => {
    tree.take(steps);
    for (const part of ['service', 'infra'] as const) {
      expect(await tree.wrongFiles(part)).toEqual([]);
    }
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

  test('make a second service of the same folders, once the rules know them', {
    timeout: timeoutMs,
  }, async () => {
    take([]);
    rmSync(at(watchBalances.file));
    for (const layer of ['src/domain', 'src/adapters', 'src/handlers', 'infra']) {
      cpSync(at(`${layer}/ledger`), at(`${layer}/booking`), { recursive: true });
      for (const file of readdirSync(at(`${layer}/booking`))) {
        const path = at(`${layer}/booking/${file}`);
        const text = readFileSync(path, 'utf8');
        writeFileSync(path, text.replaceAll(/\/ledger(?=[/'])/g, '/booking'));
      }
    }
    const { code, output } = await run(folder.path, 'tsc', '-b', '.');
    expect(code, output).toBe(0);
    const sources = readSources(folder.path);
    expect(dependenciesPointInward(sources)).toEqual([]);
    const told = vendorsStayOutside(sources);
    expect(told.length).toBeGreaterThan(0);
    for (const { path, problem } of told) {
      expect([path, problem]).toEqual([
        expect.stringMatching(/^src\/adapters\/booking\//),
        'may not import kysely',
      ]);
    }
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
