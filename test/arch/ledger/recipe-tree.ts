import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { copyCompiledTree, root, run } from '../tools.ts';
import {
  commandSteps,
  consumerSteps,
  eventSteps,
  kindSteps,
  type Step,
  watchBalances,
} from './reversal.ts';

/** A compilation of the copy, the first of which is cold; 2 s here, more on a loaded machine. */
export const timeoutMs = 600_000;

/** Every step of the first four recipes. */
export const steps = [...eventSteps, ...kindSteps, ...commandSteps, ...consumerSteps];

/**
 * The parts that a recipe touches; the CDK alone has more files than all the rest, so `infra` is by
 * itself.
 */
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

export type Part = keyof typeof parts;

export const partOf = ({ file }: Step): Part => (file.startsWith('infra/') ? 'infra' : 'service');

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

/** A compiled copy of the tree in which recipes are followed. */
export interface RecipeTree {
  readonly path: string;
  readonly at: (file: string) => string;
  /** Writes the files as they are after these steps and no others. */
  readonly take: (taken: readonly Step[]) => void;
  /**
   * The files of a step's part in which the compiler finds errors; each run takes over what the one
   * before has found of other files.
   */
  readonly wrongFiles: (part: Part) => Promise<readonly string[]>;
  readonly remove: () => void;
}

export const recipeTree = (): RecipeTree => {
  const folder = copyCompiledTree(() => true);
  const at = (file: string): string => join(folder.path, file);
  writeFileSync(at(watchBalances.file), watchBalances.text);
  for (const part of ['service', 'infra'] as const) {
    writeFileSync(at(`tsconfig.${part}.json`), JSON.stringify(configuration(part)));
  }
  return {
    path: folder.path,
    at,
    take: (taken) => {
      for (const file of new Set(steps.map((step) => step.file))) {
        const text = textAfter(file, taken);
        if (text === undefined) rmSync(at(file), { force: true });
        else if (!existsSync(at(file)) || readFileSync(at(file), 'utf8') !== text) {
          writeFileSync(at(file), text);
        }
      }
    },
    wrongFiles: async (part) => {
      const { output } = await run(folder.path, 'tsc', '-p', `tsconfig.${part}.json`);
      return [...output.matchAll(/^(\S+?)\(\d+,\d+\): error TS\d+/gm)].map(([, path = '']) => path);
    },
    remove: folder.remove,
  };
};
