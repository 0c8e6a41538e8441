import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { antipodeLocal, freePorts, projectFolder } from './local-app/runner.ts';

/** The stack with a consumer that fails, and the folder in which a person has started it. */
const withPlanted = (name: string, ...args: readonly string[]) => {
  const directory = projectFolder(onTestFinished);
  const runner = antipodeLocal(directory, [...freePorts, ...args], { BREAK: `consumer-${name}` });
  onTestFinished(async () => {
    runner.child.kill('SIGINT');
    await runner.exited;
  });
  return { directory, runner };
};

/** A failure as the terminal shows it: its cause, where it happened, and the place of the whole line. */
const shownAt = (output: string, cause: RegExp) => {
  const lines = output.split('\n');
  const at = lines.findIndex((line) => /^ {2}(ERROR|WARN ) {2}/.test(line) && cause.test(line));
  const [shown = '', source = '', place = ''] = lines.slice(at, at + 3);
  const [, file = '', lineNumber] = /^ {9}(\S+\.log):(\d+)$/.exec(place) ?? [];
  return { shown, source, file, lineNumber: Number(lineNumber) };
};

describe('a newcomer finds by the terminal and the log files', () => {
  it.each([
    [
      'the cause of the cause of what a consumer throws',
      'nested',
      /^ {2}ERROR {2}SyntaxError: Expected property name/,
      /Invocation failed: Error: The note cannot be (re){80}/,
      /"name":"Error","message":"the rates cannot be read"[\s\S]*"name":"SyntaxError"/,
    ],
    [
      'that a consumer takes too long, and what it did last',
      'slow',
      /^ {2}ERROR {2}Task timed out after 1\.00 seconds$/,
      /request \S+$/,
      /Task timed out after 1\.00 seconds/,
    ],
    [
      'which statement DSQL refuses, and why',
      'sql',
      /^ {2}ERROR {2}StatementRefused: locking clauses other than FOR UPDATE.* \(0A000\)$/,
      /Invocation failed: .*SELECT id FROM notes/,
      /"code":"0A000"/,
    ],
    [
      'that the memory of a consumer does not suffice',
      'memory',
      /^ {2}ERROR {2}FATAL ERROR: .*JavaScript heap out of memory/,
      /notes-listener in us-west-2$/,
      /JavaScript heap out of memory/,
    ],
    [
      'that a consumer ends its process',
      'leaves',
      /^ {2}ERROR {2}Runtime exited with error: exit status 3$/,
      /request \S+$/,
      /Runtime exited with error: exit status 3/,
    ],
  ])('%s', async (_, name, cause, around, line) => {
    const { directory, runner } = withPlanted(name);
    await runner.prints('Ctrl-C ends it.');
    await runner.prints(new RegExp(`${cause.source}[^]*?notes-listener.log:\\d+`, 'm'));
    const { shown, source, file, lineNumber } = shownAt(runner.output(), cause);
    expect(shown).toMatch(cause);
    expect(source).toMatch(/^ {9}notes-listener in us-west-2/);
    expect(source).toMatch(around);
    // The file is written after the terminal.
    const lines = () => readFileSync(join(directory, file), 'utf8').split('\n');
    await expect.poll(() => lines()[lineNumber - 1] ?? '').toMatch(line);
    if (name === 'slow') expect(lines().join('\n')).toContain('INFO\tasking for the rates');
  });

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

  it('what the schema of a consumer refuses, and where the event goes', async () => {
    // Both retries come within seconds.
    const { runner } = withPlanted('schema', '--schedule-speed', '60');
    await runner.prints('Ctrl-C ends it.');
    const queue =
      /is given up \(RetriesExhausted\) and sent to arn:aws:sqs:us-west-2:\d+:notes-failures/;
    const { shown, source } = shownAt(await runner.prints(queue), /Not a CloudEvents/);
    expect(shown).toMatch(/^ {2}WARN {3}InvalidInput: Not a CloudEvents 1\.0 envelope: /);
    expect(source).toMatch(/notes-listener in us-west-2, request \S+: Invocation refused$/);
  });
});
