import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createProcessBudget } from '../../../../../../packages/cli/src/local/lambda/index.ts';
import { bundle, eventually, functionOf } from '../support.ts';

/** Holds the event loop, as work of the runner does. */
const block = (ms: number): void =>
  void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);

test('a stop waits for the process whose first request has come and is not read', async () => {
  const marker = join(await bundle(''), 'loaded');
  const processBudget = createProcessBudget();
  const target = await functionOf(
    `import { writeFileSync } from 'node:fs';
     writeFileSync(${JSON.stringify(marker)}, '');
     export const handler = async () => 1;`,
    { processBudget },
  );
  const started = target.warmUp();
  await delay(50);
  while (!existsSync(marker)) block(10);
  block(500);
  await target.stop();
  expect(processBudget.processes()).toBe(0);
  await started;
});

test('a stop is no failure of the init phase that it ends', async () => {
  const lines: string[] = [];
  const target = await functionOf('await new Promise((resolve) => setTimeout(resolve, 9_000));', {
    onLog: (line) => lines.push(line),
  });
  const started = target.warmUp();
  await eventually(() => lines.length > 0);
  await target.stop();
  await started;
  expect(lines).toEqual([expect.stringContaining('INIT_START')]);
});
