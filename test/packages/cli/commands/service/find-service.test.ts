import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { describeStack } from '../../../../../packages/cli/src/commands/runs/running-stacks.ts';
import { writeStackAccess } from '../../../../../packages/cli/src/commands/runs/stack-access.ts';
import { findService } from '../../../../../packages/cli/src/commands/service/find-service.ts';
import { createRunFolder } from '../../../../../packages/local-dsql/src/runs/run-folder.ts';

/** The folder of a local stack whose Regions refuse connections: nobody may listen on port 1. */
const stoppedStack = (): string => {
  const directory = mkdtempSync(join(tmpdir(), 'antipode-stopped-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const folder = createRunFolder(directory);
  describeStack(folder, { directory });
  const regions = ['us-east-1', 'us-west-2'].map((region) => ({
    region,
    url: 'http://127.0.0.1:1',
  })) as unknown as Parameters<typeof writeStackAccess>[1]['regions'];
  const dsqlKeys = { accessKeyId: 'a', secretAccessKey: 'b' };
  writeStackAccess(folder, { regions, ca: '', dsqlKeys });
  return directory;
};

it('names the command that starts a stopped Region, and the other Region to ask', async () => {
  const directory = stoppedStack();
  const choice = { region: 'us-west-2' } as Parameters<typeof findService>[0];
  const terminal = { directory, environment: {} } as Parameters<typeof findService>[1];
  await expect(findService(choice, terminal)).rejects.toThrow(
    'us-west-2 of the local stack does not answer: start it with antipode local region start us-west-2, or ask the other Region with --region us-east-1',
  );
});
