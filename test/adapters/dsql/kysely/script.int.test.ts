import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TestDsql, testDsql } from '../../../support/dsql.ts';
import { adminOptions } from '../../../support/dsql-adapter.ts';

const execute = promisify(execFile);
const script = `${import.meta.dirname}/script.ts`;

/**
 * A pool of `pg` closes an idle connection after 10 s, and lets its process end then. Milliseconds.
 */
const endMsMax = 9_000;

let dsql: TestDsql;

beforeAll(async () => {
  dsql = await testDsql();
});

afterAll(() => dsql.stop());

const run = (name: string) =>
  execute('node', [script, name, JSON.stringify(adminOptions(dsql))], { timeout: endMsMax });

describe('a script that closes nothing ends by itself when its work is done', () => {
  it.each([
    'query',
    'several',
    'failure',
    'transaction',
    'abandoned transaction',
    'connections',
    'warm connections',
    'transactions',
    'serial',
  ])('after %s', async (name) => {
    await expect(run(name)).resolves.toMatchObject({ stdout: 'done' });
  });

  it.each(['slow statement', 'slow transaction', 'closed'])('but not before: %s', async (name) => {
    await expect(run(name)).resolves.toMatchObject({ stdout: 'done', stderr: '' });
  });
});
