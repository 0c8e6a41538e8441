import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, it, onTestFinished } from 'vitest';
import { outageOptions } from '../../../../../packages/cli/src/commands/outage/options.ts';
import { runOutage } from '../../../../../packages/cli/src/commands/outage/run-outage.ts';
import { startControl } from '../../../../../packages/cli/src/commands/runs/control-server.ts';
import { describeStack } from '../../../../../packages/cli/src/commands/runs/running-stacks.ts';
import { writeStackAccess } from '../../../../../packages/cli/src/commands/runs/stack-access.ts';
import {
  createBusNetwork,
  noInjectedFailures,
  withPlannedCrashes,
} from '../../../../../packages/cli/src/local/eventbridge/index.ts';
import { createRunFolder } from '../../../../../packages/local-dsql/src/runs/run-folder.ts';

let directory: string;
let changes: string[];
let control: Awaited<ReturnType<typeof startControl>>;

/** A Region that only remembers whether it runs; `us-east-2` cannot be started again. */
const regionNamed = (region: string) => {
  let running = true;
  return {
    region,
    isRunning: () => running,
    stop: async () => {
      running = false;
    },
    start: async () => {
      if (region === 'us-east-2') throw new Error('port 4200 for HTTP in us-east-2 is in use');
      running = true;
    },
  };
};

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'antipode-outage-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const folder = createRunFolder(directory);
  describeStack(folder, { directory });
  changes = [];
  const regions = ['us-east-1', 'us-east-2'].map(regionNamed);
  const { crashes } = withPlannedCrashes(noInjectedFailures);
  const stack = { regions, network: createBusNetwork(), crashes } as unknown as Parameters<
    typeof startControl
  >[0];
  control = await startControl(stack, (line) => changes.push(line));
  onTestFinished(control.stop);
  const keys = { accessKeyId: 'a', secretAccessKey: 'b' };
  writeStackAccess(folder, { regions: [], ca: '', dsqlKeys: keys }, control);
});

const run = async (text: string): Promise<readonly string[]> => {
  const lines: string[] = [];
  const options = outageOptions(text.split(' '));
  if (options) await runOutage(options, { directory, print: (line) => lines.push(line) });
  return lines;
};

it('stops a Region of the stack that runs in the folder, and says what runs then', async () => {
  expect(await run('region stop us-east-2')).toEqual([
    'us-east-1  runs',
    'us-east-2  is stopped',
    'us-east-1 - us-east-2  is linked',
  ]);
  expect(changes).toEqual(['us-east-2 is stopped']);
  expect(await run('region start us-east-1')).toContain('us-east-1  runs');
});

it('cuts the link and mends it', async () => {
  expect(await run('link cut')).toContain('us-east-1 - us-east-2  is cut');
  expect(JSON.parse((await run('link --json'))[0] ?? '')).toEqual({
    regions: [
      { region: 'us-east-1', running: true },
      { region: 'us-east-2', running: true },
    ],
    links: [{ between: ['us-east-1', 'us-east-2'], cut: true }],
    crashes: [],
  });
  expect(await run('link mend')).toContain('us-east-1 - us-east-2  is linked');
});

it('plans the crash of the next process that publishes, and says so', async () => {
  const line = 'the next process that publishes  will be killed: before-publish';
  expect((await run('crash before-publish')).at(-1)).toBe(line);
  expect((await run('region')).at(-1)).toBe(line);
  expect(changes).toEqual(['the next process that publishes will be killed: before-publish']);
});

it('says in one line why a Region cannot come back, and which Regions there are', async () => {
  await run('region stop us-east-2');
  await expect(run('region start us-east-2')).rejects.toThrow(
    /^port 4200 for HTTP in us-east-2 is in use$/,
  );
  await expect(run('region stop us-west-2')).rejects.toThrow(
    'the local stack is in us-east-1 and us-east-2, not in us-west-2',
  );
});

it('refuses a request without the secret of the stack', async () => {
  const { status } = await fetch(`${control.url}/regions/us-east-1/stop`, { method: 'POST' });
  expect(status).toBe(401);
  expect(changes).toEqual([]);
});

it('answers 404 for a change that no part of the stack has', async () => {
  for (const path of [
    '/regions/us-east-1/cut',
    '/links/all/stop',
    '/links/one/cut',
    '/crashes/now/plan',
  ]) {
    const headers = { authorization: `Bearer ${control.token}` };
    const { status } = await fetch(`${control.url}${path}`, { method: 'POST', headers });
    expect({ path, status }).toEqual({ path, status: 404 });
  }
});

it('says that no stack runs in a folder', async () => {
  rmSync(join(directory, '.antipode'), { recursive: true });
  await expect(run('region')).rejects.toThrow('no local stack was started in this folder');
});
