import { onTestFinished } from 'vitest';
import { antipodeLocal, freePorts, projectFolder, type Runner } from './runner.ts';

/** `antipode local` of the small app, until the end of the test. */
export const run = (
  args: readonly string[] = [],
  environment: Readonly<Record<string, string>> = {},
  directory = projectFolder(onTestFinished),
): Runner => {
  const runner = antipodeLocal(directory, [...freePorts, ...args], environment);
  onTestFinished(async () => {
    runner.child.kill('SIGINT');
    await runner.exited;
  });
  return runner;
};

/** The last lines of a failed start, and how it ended. */
export const failure = async (runner: Runner) => {
  const code = await runner.exited;
  const lines = runner.output().trim().split('\n');
  return { code, errors: lines.filter((line) => line.startsWith('antipode: ')) };
};
