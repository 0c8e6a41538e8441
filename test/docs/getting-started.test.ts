import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { projectFiles } from '../../packages/cli/src/commands/init/project-files.ts';
import { partsOf } from '../support/page-commands.ts';
import { applyDiff, hasPrinted, isOutput, readStory } from '../support/page-story.ts';

const page = readFileSync(join(import.meta.dirname, '../../docs/getting-started.md'), 'utf8');
const steps = readStory(page);

describe('the page for a first service', () => {
  it('has a part for each thing that a person is to see', () => {
    expect([...partsOf(page).keys()].map((title) => title.replace(/^\d+\. /, ''))).toEqual([
      'Make the project',
      'Test it',
      'Run it',
      'Send a command twice',
      'Change a rule',
      'Kill a process between COMMIT and publish',
      'Let a consumer fail, and mend it',
      'Lose a Region, and get it back',
      'Deploy it, and take it away',
      'Make it yours',
    ]);
  });

  it('has edits that fit the files that init writes, each after the ones before it', () => {
    const names = { name: 'shop', schema: 'shop', template: 'service' } as const;
    const files = new Map(projectFiles(names, []));
    const edits = steps.filter((step) => step.kind === 'edit');
    expect(edits).toHaveLength(5);
    for (const { file, diff } of edits) files.set(file, applyDiff(String(files.get(file)), diff));
    expect(String(files.get('src/domain/orders.ts'))).toContain("'TooMany'");
    // The fault of the consumer is taken out again.
    expect(files.get('src/domain/shipments.ts')).toEqual(
      projectFiles(names, []).get('src/domain/shipments.ts'),
    );
  });

  it('asks again only by commands that change nothing', () => {
    const asked = steps.filter((step) => step.kind === 'commands' && step.isRepeated);
    const lines = asked.flatMap((step) =>
      step.kind === 'commands' ? step.script.trim().split('\n').slice(1) : [],
    );
    expect(lines.length).toBeGreaterThan(3);
    for (const line of lines) {
      expect(line).toMatch(/"shipment"|antipode (?:trace|dlq list|verify)|"key":"o-5"/);
    }
  });
});

describe('an output', () => {
  it.each([
    ['a\nb', 'a\nb', true],
    ['a\nb\n', '…\nb', true],
    ['b', '…\nb\n…', true],
    ['a\nb\nc\nb\nd', '…\nb\nd', true],
    ['ok  17 ms  write', 'ok  … ms  write', true],
    ['ok  17 ms  read', 'ok  … ms  write', false],
    ['a\nb', 'a', false],
    ['a', 'a\nb', false],
    ['ab', 'ab…b', false],
  ])('%j is as a page shows it with %j: %s', (output, shown, expected) => {
    expect(isOutput(output, shown)).toBe(expected);
  });

  it('of a terminal has other lines between those that are expected, in their order', () => {
    expect(hasPrinted('x\n1 s  changed\ny\n2 s  new code\nz', '…changed\n…new code')).toBe(true);
    expect(hasPrinted('2 s  new code\n1 s  changed', '…changed\n…new code')).toBe(false);
  });
});

it('a diff is refused where its lines are not there, or twice', () => {
  expect(applyDiff('a\nb\n', ' a\n-b\n+c\n')).toBe('a\nc\n');
  expect(() => applyDiff('a\n', '-b\n+c\n')).toThrow('the file has it 0 times');
  expect(() => applyDiff('b\nb\n', '-b\n+c\n')).toThrow('the file has it 2 times');
});
