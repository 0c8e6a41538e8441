/**
 * `npm run security` runs the tests of the security checklist and prints the table: each promise,
 * the test that shows it, the test that shows a breach being found, and the result. It ends with 1
 * when a test has failed, or has not run.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checklist } from './security/checklist.ts';
import { judgeRows, type Report } from './security/verdicts.ts';

const root = join(import.meta.dirname, '../..');

const literal = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** Runs the tests that the checklist names, and no others of their files. */
const runTests = (): Report => {
  const folder = mkdtempSync(join(tmpdir(), 'antipode-security-'));
  try {
    const tests = checklist.flatMap(({ positive, negative }) => [positive, negative]);
    const files = [...new Set(tests.map(([file]) => file))];
    const names = tests.map(([, name]) => literal(name.replace(/^[\w/-]+\.json /, ''))).join('|');
    const output = join(folder, 'report.json');
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${output}`];
    const vitest = join(root, 'node_modules/vitest/vitest.mjs');
    const args = [vitest, 'run', '--project=!proof', '-t', names, ...reporters, ...files];
    spawnSync(process.execPath, args, { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
    return JSON.parse(readFileSync(output, 'utf8')) as Report;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

const verdicts = judgeRows(checklist, runTests());
for (const { row, positive, negative } of verdicts) {
  const { id, promise, except } = row;
  const result = positive === 'passed' && negative === 'passed' ? 'passed' : 'FAILED';
  console.log(`${id.padEnd(4)}${result}  ${promise}`);
  if (except !== undefined) console.log(`      except: ${except}`);
  console.log(`      + ${positive}: ${row.positive.join(' › ')}`);
  console.log(`      - ${negative}: ${row.negative.join(' › ')}`);
}
const failed = verdicts.filter(
  ({ positive, negative }) => `${positive}${negative}` !== 'passedpassed',
);
console.log(`${verdicts.length - failed.length} of ${verdicts.length} rows passed`);
if (failed.length > 0) process.exitCode = 1;
