import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { policyFolder, stacksOf, widest } from '../infra/deployer/template-needs.ts';
import { needsAws, shellLines } from '../support/page-commands.ts';

const page = readFileSync(join(import.meta.dirname, '../../docs/deploy/guide.md'), 'utf8');

const lines = shellLines(page);

/** The words in backticks of the first cell of each row of the table with a heading. */
const firstCells = (heading: string): readonly string[] => {
  const [, text = ''] = page.split(`| ${heading} |`);
  const [rows = ''] = text.split('\n\n');
  return rows
    .split('\n')
    .slice(2)
    .flatMap((row) => [...(row.split('|')[1] ?? '').matchAll(/`([^`]+)`/g)])
    .map(([, word = '']) => word);
};

describe('the guide to deployments', () => {
  it('has commands that a proof runs, and commands of AWS that say so', () => {
    const run = lines.filter((line) => !needsAws(line));
    expect(run.length).toBeGreaterThan(10);
    for (const line of run)
      expect(line).toMatch(
        /^(?:export ALARM_EMAIL=|(?:PROTECT_DATA=off )?(?:npx (?:cdk|antipode)|aws) )/,
      );
    const unproved = lines.filter(needsAws);
    expect(unproved.length).toBeGreaterThan(5);
    for (const line of unproved) expect(line).toMatch(/^aws /);
  });

  it('names every policy, and gives CloudFormation those for the defaults', () => {
    const files = readdirSync(policyFolder);
    expect(firstCells('policy').toSorted()).toEqual(files.toSorted());
    const [, given = ''] = /--cloudformation-execution-policies (\S+)/.exec(page) ?? [];
    const names = files.filter((name) => /^execution-\d/.test(name));
    expect(given.split(',')).toEqual(
      names.map((name) => `arn:aws:iam::ACCOUNT:policy/antipode-${name.replace('.json', '')}`),
    );
    for (const name of names) expect(page).toContain(`file://infra/deployer/policies/${name} `);
  });

  it('names every type of resource that a deletion leaves, and no other', () => {
    const kept = widest
      .flatMap((one) => stacksOf(one))
      .flatMap(({ template }) => Object.values(template.Resources))
      .filter(({ DeletionPolicy = 'Delete' }) => DeletionPolicy !== 'Delete')
      .map(({ Type }) => Type);
    const told = firstCells('left on purpose').filter((word) => word.startsWith('AWS::'));
    expect(told.toSorted()).toEqual([...new Set(kept)].toSorted());
  });
});
