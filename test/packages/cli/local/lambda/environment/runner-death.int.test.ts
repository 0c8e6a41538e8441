import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { bundle, eventually, isRunning } from '../support.ts';

const local = fileURLToPath(new URL('../../../../../../packages/cli/src/local', import.meta.url));

/** A runner with one idle and one busy environment, which prints their process ids. */
const runner = (codeDir: string): string => `
  import { createLocalClock } from '${local}/clock.ts';
  import { createLocalFunction } from '${local}/lambda/index.ts';
  const target = createLocalFunction({
    name: 'f', arn: 'arn', region: 'us-east-1', codeDir: '${codeDir}', handler: 'index.handler',
    timeoutSeconds: 60, memoryMb: 128, environment: {}, clock: createLocalClock(),
    credentials: { accessKeyId: 'a', secretAccessKey: 'b' }, sendToQueue: () => {},
    onLog: (line) => { if (line.includes('begun')) console.log(JSON.stringify(target.environments())); },
  });
  await Promise.all([target.invoke('{"ms":300}'), target.invoke('{"ms":300}')]);
  void target.invoke('{"ms":60000,"begun":true}');
`;

test('leaves no process behind when the runner is killed', async () => {
  const codeDir = await bundle(`
    process.on('exit', () => {});
    export const handler = async ({ ms, begun }) => {
      if (begun) console.log('begun');
      await new Promise((resolve) => setTimeout(resolve, ms));
    };`);
  const script = join(codeDir, 'runner.ts');
  await writeFile(script, runner(codeDir));
  const child = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const [line] = await once(createInterface({ input: child.stdout }), 'line');
  const pids: readonly number[] = JSON.parse(String(line));
  expect(pids).toHaveLength(2);
  expect(pids.filter(isRunning)).toEqual(pids);
  child.kill('SIGKILL');
  await eventually(() => pids.every((pid) => !isRunning(pid)));
});
