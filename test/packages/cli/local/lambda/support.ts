import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { platform } from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import { createLocalClock } from '../../../../../packages/cli/src/local/clock.ts';
import {
  createLocalFunction,
  type LocalFunction,
  type LocalFunctionOptions,
} from '../../../../../packages/cli/src/local/lambda/index.ts';

/** One minute of AWS in a hundredth of a second. */
export const fastClock = createLocalClock({ speed: 6000 });

/** A folder with an `index.mjs` of the given text, for the length of the test. */
export const bundle = async (code: string): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'antipode-function-'));
  await writeFile(join(folder, 'index.mjs'), code);
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
};

/** The options of a function of the given module text. */
export const functionOptions = async (
  code: string,
  options: Partial<LocalFunctionOptions> = {},
): Promise<LocalFunctionOptions> => {
  const name = options.name ?? 'antipode-sample';
  return {
    name,
    arn: `arn:aws:lambda:us-east-1:000000000000:function:${name}`,
    region: 'us-east-1',
    runtime: 'nodejs24.x',
    codeDir: await bundle(code),
    handler: 'index.handler',
    timeoutSeconds: 5,
    memoryMb: 256,
    environment: {},
    clock: fastClock,
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    sendToDestination: () => {},
    ...options,
  };
};

/** A function of the given module text, stopped at the end of the test. */
export const functionOf = async (
  code: string,
  options: Partial<LocalFunctionOptions> = {},
): Promise<LocalFunction> => {
  const target = createLocalFunction(await functionOptions(code, options));
  onTestFinished(target.stop);
  return target;
};

/** Whether a process runs; one that has exited but that nobody has reaped does not. */
export const isRunning = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return platform !== 'linux' || !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ');
  } catch {
    return false;
  }
};

/** Waits for a condition, at most five seconds. */
export const eventually = async (condition: () => boolean): Promise<void> => {
  const deadline = Date.now() + 5000;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error('The condition did not come true within 5 s');
    await delay(10);
  }
};
