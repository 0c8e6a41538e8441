import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { bundle } from '../support.ts';

const runtimeClient = createRequire(import.meta.url).resolve('aws-lambda-ric');

/** Stands where the shim stands and says whether the native addon was asked for. */
const probe = `
  const Module = require('node:module');
  const load = Module._load;
  Module._load = function (request, ...rest) {
    if (!request.endsWith('rapid-client.node')) return load.call(this, request, ...rest);
    process.stdout.write('asked');
    process.exit(0);
  };`;

test('finds that AWS’s runtime client still asks for the addon that the shim replaces', async () => {
  const folder = await bundle('export const handler = async () => {};');
  await writeFile(join(folder, 'probe.cjs'), probe);
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--require', join(folder, 'probe.cjs'), runtimeClient],
    {
      env: {
        AWS_LAMBDA_RUNTIME_API: '127.0.0.1:1',
        LAMBDA_TASK_ROOT: folder,
        _HANDLER: 'index.handler',
      },
    },
  );
  expect(stdout).toBe('asked');
});
