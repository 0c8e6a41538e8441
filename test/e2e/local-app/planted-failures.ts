import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { antipodeLocal, freePorts, projectFolder } from './runner.ts';

/** The stack with a consumer that fails, and the folder in which a person has started it. */
export const withPlanted = (name: string, ...args: readonly string[]) => {
  const directory = projectFolder(onTestFinished);
  const runner = antipodeLocal(directory, [...freePorts, ...args], { BREAK: `consumer-${name}` });
  onTestFinished(async () => {
    runner.child.kill('SIGINT');
    await runner.exited;
  });
  return { directory, runner };
};

/**
 * A failure as the terminal shows it: its cause, where it happened, and the place of the whole
 * line.
 */
export const shownAt = (output: string, cause: RegExp) => {
  const lines = output.split('\n');
  const at = lines.findIndex((line) => /^ {2}(ERROR|WARN ) {2}/.test(line) && cause.test(line));
  const [shown = '', source = '', place = ''] = lines.slice(at, at + 3);
  const [, file = '', lineNumber] = /^ {9}(\S+\.log):(\d+)$/.exec(place) ?? [];
  return { shown, source, file, lineNumber: Number(lineNumber) };
};

/**
 * Failures of a consumer, by the name of the one that fails so: how the terminal and the log file
 * show them.
 */
export const failures = {
  nested: {
    title: 'the cause of the cause of what a consumer throws',
    cause: /^ {2}ERROR {2}SyntaxError: Expected property name/,
    around: /Invocation failed: Error: The note cannot be (re){80}/,
    line: /"name":"Error","message":"the rates cannot be read"[\s\S]*"name":"SyntaxError"/,
  },
  slow: {
    title: 'that a consumer takes too long, and what it did last',
    cause: /^ {2}ERROR {2}Task timed out after 1\.00 seconds$/,
    around: /request \S+$/,
    line: /Task timed out after 1\.00 seconds/,
  },
  sql: {
    title: 'which statement DSQL refuses, and why',
    cause: /^ {2}ERROR {2}StatementRefused: locking clauses other than FOR UPDATE.* \(0A000\)$/,
    around: /Invocation failed: .*SELECT id FROM notes/,
    line: /"code":"0A000"/,
  },
  memory: {
    title: 'that the memory of a consumer does not suffice',
    cause: /^ {2}ERROR {2}FATAL ERROR: .*JavaScript heap out of memory/,
    around: /notes-listener in us-west-2$/,
    line: /JavaScript heap out of memory/,
  },
  leaves: {
    title: 'that a consumer ends its process',
    cause: /^ {2}ERROR {2}Runtime exited with error: exit status 3$/,
    around: /request \S+$/,
    line: /Runtime exited with error: exit status 3/,
  },
} as const;

/**
 * Starts the stack with a consumer that fails, and looks for the failure in the terminal and in the
 * log file.
 */
export const findsFailure = async (name: keyof typeof failures): Promise<void> => {
  const { cause, around, line } = failures[name];
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
};
