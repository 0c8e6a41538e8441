import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { outboxContract } from '../../src/testing/index.ts';

const root = join(import.meta.dirname, '../..');

it('the contract of an outbox runs as its guide shows, in the test runner of Node', async () => {
  const args = ['--test', '--test-reporter=tap', 'docs/examples/outbox-tests.ts'];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: root });
  const cases = outboxContract(() => Promise.reject(new Error('no case is run here'))).length;
  expect(cases).toBeGreaterThan(50);
  expect(stdout).toContain(`# pass ${cases}`);
  expect(stdout).toContain('# fail 0');
});
