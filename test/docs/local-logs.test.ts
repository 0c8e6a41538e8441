import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { lastLines } from '../../packages/cli/src/commands/logs/follow-logs.ts';
import { logFileBytesMax } from '../../packages/cli/src/commands/logs/function-logs.ts';
import { logProblem } from '../../packages/cli/src/commands/logs/log-problem.ts';

const page = readFileSync(new URL('../../docs/local-logs.md', import.meta.url), 'utf8');

it('gives the limits of the log files', () => {
  const mib = logFileBytesMax / 1024 / 1024;
  expect(page).toContain(`A file of ${mib} MiB is renamed`);
  expect(page).toMatch(new RegExp(`function in one Region takes ${2 * mib} MiB at most`));
  expect(page).toContain(`prints the last ${lastLines} lines of each function`);
});

it('explains lines that the terminal shows', () => {
  const lines: Readonly<Record<string, string>> = {
    'Task timed out': '2026-11-29T18:52:17.123Z id Task timed out after 1.00 seconds',
    'Runtime exited': 'RequestId: id Error: Runtime exited with error: exit status 1',
    'FATAL ERROR': 'FATAL ERROR: Reached heap limit',
    INIT_REPORT: 'INIT_REPORT Init Duration: 1.00 ms',
    'Event … of request … is given up': 'Event … of request … is given up (RetriesExhausted)',
    'Event … of request … is dropped': 'Event … of request … is dropped (RetriesExhausted)',
  };
  for (const [beginning, line] of Object.entries(lines)) {
    expect(page).toContain(`| \`${beginning}\` |`);
    expect(logProblem(line)?.cause).toMatch(new RegExp(`^${beginning}`));
  }
});
