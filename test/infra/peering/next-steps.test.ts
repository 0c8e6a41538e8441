import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { findNextStep, type NextStep, nextSteps } from '../../../infra/peering/next-steps.ts';

const page = readFileSync(join(import.meta.dirname, '../../../docs/failed-deployments.md'), 'utf8');

const cell = (text: string | undefined): string => (text === undefined ? 'any' : `\`${text}\``);

const rowOf = ({ status, reason, step }: NextStep): string =>
  `| ${cell(status)} | ${cell(reason)} | ${step} |`;

it('is in the guide, in the same order', () => {
  const rows = page
    .split('\n')
    .filter((line) => line.startsWith('| ') && !line.includes('text in'));
  expect(rows).toEqual(nextSteps.map(rowOf));
});

it('depends on the reason before the status', () => {
  const reason = 'run aws dsql update-cluster --no-deletion-protection-enabled';
  expect(findNextStep({ status: 'DELETE_FAILED', reason })?.step).toContain('Run the command');
  expect(findNextStep({ status: 'DELETE_FAILED', reason: 'other' })?.step).toContain('Destroy');
});

it.each([
  ['a peer with data', 'which may hold data, and not with b', 'Run the commands'],
  ['another witness', 'the witness us-east-2, which cannot become us-west-1', 'Set the variable'],
  ['a migration', 'correct this migration: shop-2, statement 1: syntax error', 'Correct the'],
])('is not to deploy the same again for %s', (_, reason, step) => {
  expect(findNextStep({ status: 'ROLLBACK_COMPLETE', reason })?.step).toContain(step);
});

it('is missing for a stack that is fine', () => {
  expect(findNextStep({ status: 'CREATE_COMPLETE', reason: '' })).toBeUndefined();
});
