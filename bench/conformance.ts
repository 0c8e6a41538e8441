/**
 * Compares the local stack with AWS: first the cases of our own, a group for each service, then the
 * recorded answers of a real cluster. `DSQL_VECTORS` names the folder of the recordings, which lie
 * outside of the repository.
 *
 * Exit code 1 when a single answer differs. Without the recordings it says so, and the cases of our
 * own decide.
 */
import { join, resolve } from 'node:path';
import { inspect } from 'node:util';
import type { ConformanceGroup, Difference } from './conformance/conformance-group.ts';
import { conformanceGroups } from './conformance/groups.ts';
import { playRecordings } from './conformance/recordings.ts';

const textOf = (value: unknown): string => inspect(value, { depth: 8, breakLength: 100 });

const printDifference = ({ title, source, expected, actual }: Difference): void => {
  console.log(`DIFFERS  ${title}`);
  console.log(`  source:      ${source}`);
  console.log(`  AWS:         ${textOf(expected)}`);
  console.log(`  local stack: ${textOf(actual)}`);
};

/** @returns whether the group's cases all have AWS's answer. */
const runGroup = async ({ name, run }: ConformanceGroup): Promise<boolean> => {
  const { cases, differences } = await run();
  differences.forEach(printDifference);
  console.log(`${name.padEnd(16)}${cases - differences.length}/${cases}`);
  return differences.length === 0;
};

const conform = async (): Promise<number> => {
  let passed = true;
  for (const group of conformanceGroups) passed = (await runGroup(group)) && passed;
  const folder = resolve(
    process.env['DSQL_VECTORS'] ?? join(import.meta.dirname, '../../shared/vectors'),
  );
  const recordings = await playRecordings(folder);
  if (recordings === undefined) {
    console.log(`no recordings in ${folder}: set DSQL_VECTORS to the folder that holds them`);
  }
  return passed && recordings !== false ? 0 : 1;
};

process.exitCode = await conform();
