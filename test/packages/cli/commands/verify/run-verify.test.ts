import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { remedyOf } from '../../../../../packages/cli/src/commands/verify/remedies.ts';
import { runVerify } from '../../../../../packages/cli/src/commands/verify/run-verify.ts';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'antipode-verify-'));
});

afterEach(() => {
  rmSync(directory, { recursive: true });
});

it('leads a person to the folder of the local stack, where another one is asked', async () => {
  const options = { readOnly: true, lagMsMax: 1, json: false } as Parameters<typeof runVerify>[0];
  const terminal = { directory, environment: {} } as Parameters<typeof runVerify>[1];
  await expect(runVerify(options, terminal)).rejects.toThrow(
    'no local stack was started in this folder: go to the folder of the stack that runs',
  );
});

it('names the command that installs a missing package, once', () => {
  const cause = new Error("Cannot find package '@aws-sdk/client-sqs' imported from /a/b.js");
  const text = '@aws-sdk/client-sqs is not installed: npm install --save-dev @aws-sdk/client-sqs';
  expect(remedyOf(new Error(text, { cause }), undefined, 'us-east-1')).toBe(
    'npm install --save-dev @aws-sdk/client-sqs',
  );
});
