/**
 * Mutation testing: changes the sources in small ways and counts the changes that no test notices.
 *
 * `npm run mutants -- [AREA…] [--sample N] [--seed TEXT]`. Exit code 1 when an area misses its
 * score.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Area, areas } from './mutants/areas.ts';
import { equivalents } from './mutants/equivalents.ts';
import type { Mutant } from './mutants/stryker.ts';

/** Mutants of an area unless told otherwise: some minutes for most areas. */
const sampleDefault = 60;

const folder = join(import.meta.dirname, 'mutants');

const install = (): void => {
  if (existsSync(join(folder, 'node_modules/@stryker-mutator/core'))) return;
  console.log('installing the mutation tester');
  const options = { cwd: folder, stdio: 'inherit', shell: process.platform === 'win32' } as const;
  const { status } = spawnSync('npm', ['ci'], options);
  if (status !== 0) throw new Error('npm ci failed in bench/mutants');
};

/** A number or a name is the whole mutated part: a piece of a longer one says nothing. */
const differsBy = (mutant: Mutant, original: string, replacement: string): boolean => {
  const [before, after] = [mutant.original.trim(), mutant.replacement.trim()];
  return /^\w*$/.test(original)
    ? before === original && after === replacement
    : before.includes(original) && before.replace(original, () => replacement) === after;
};

const reasonOf = (mutant: Mutant): string | undefined =>
  equivalents.find(
    ({ file, original, replacement, within = '' }) =>
      file === mutant.file &&
      mutant.sourceLine.includes(within) &&
      differsBy(mutant, original, replacement),
  )?.reason;

type Score = {
  readonly area: Area;
  readonly offered: number;
  readonly tried: number;
  readonly equivalent: number;
  readonly survivors: readonly Mutant[];
};

const shareOf = ({ tried, equivalent, survivors }: Score): number =>
  (tried - equivalent - survivors.length) / (tried - equivalent);

const oneLine = (text: string): string => text.replace(/\s+/g, ' ').slice(0, 200);

const printSurvivors = (mutants: readonly Mutant[]): void => {
  for (const mutant of mutants) {
    const verdict = reasonOf(mutant);
    console.log(
      `${verdict === undefined ? 'SURVIVED' : 'equivalent'}  ${mutant.file}:${mutant.line}  ${mutant.mutator}`,
    );
    console.log(`  - ${oneLine(mutant.original)}`);
    console.log(`  + ${oneLine(mutant.replacement)}`);
    if (verdict !== undefined) console.log(`  because ${verdict}`);
  }
};

const printTable = (scores: readonly Score[]): void => {
  const row = (...cells: readonly (string | number)[]): void =>
    console.log(
      cells
        .map((cell, index) => (index === 0 ? `${cell}`.padEnd(20) : `${cell}`.padStart(11)))
        .join(''),
    );
  row('area', 'mutants', 'tried', 'equivalent', 'survived', 'score', 'bar');
  for (const score of scores) {
    const { area, offered, tried, equivalent, survivors } = score;
    const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
    const cells = [offered, tried, equivalent, survivors.length, percent(shareOf(score))];
    row(area.name, ...cells, percent(area.scoreMin));
  }
};

const chooseAreas = (names: readonly string[]): readonly Area[] => {
  const unknown = names.find((name) => !areas.some((area) => area.name === name));
  if (unknown !== undefined) {
    const known = areas.map(({ name }) => name).join(', ');
    throw new Error(`there is no area ${unknown}: choose among ${known}`);
  }
  return names.length === 0 ? areas : areas.filter(({ name }) => names.includes(name));
};

const mutate = async (): Promise<number> => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { sample: { type: 'string' }, seed: { type: 'string', default: '1' } },
  });
  const sample = Number(values.sample ?? sampleDefault);
  if (!Number.isSafeInteger(sample) || sample < 1) throw new Error('--sample takes a whole number');
  const chosen = chooseAreas(positionals);
  install();
  const { runArea } = await import('./mutants/stryker.ts');
  const scores: Score[] = [];
  for (const area of chosen) {
    console.log(`== ${area.name}`);
    const { offered, mutants } = await runArea(area, { sample, seed: values.seed });
    const unnoticed = mutants.filter(({ noticed }) => !noticed);
    printSurvivors(unnoticed);
    const survivors = unnoticed.filter((mutant) => reasonOf(mutant) === undefined);
    const equivalent = unnoticed.length - survivors.length;
    scores.push({ area, offered, tried: mutants.length, equivalent, survivors });
  }
  printTable(scores);
  return scores.every((score) => shareOf(score) >= score.area.scoreMin) ? 0 : 1;
};

try {
  process.exitCode = await mutate();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 2;
}
