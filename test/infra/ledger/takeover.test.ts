import { describe, expect, it } from 'vitest';
import { compilePattern } from '../../../packages/cli/src/local/eventbridge/index.ts';
import { ofType } from '../support/template.ts';
import { synthesizeLedger } from './synthesize.ts';

const { template } = synthesizeLedger();

type Region = 'us-east-1' | 'us-west-2';
const stackOf = { 'us-east-1': 'primary', 'us-west-2': 'secondary' } as const;

/** The rules of a Region that an event on its bus meets, by name. */
const rulesMet = (on: Region, event: { publishedIn: Region; originRegion: Region }): string[] => {
  const text = JSON.stringify({
    version: '0',
    id: '1',
    'detail-type': 'TransactionRecorded',
    source: 'antipode.ledger',
    account: '000000000000',
    time: '2026-01-01T00:00:00Z',
    region: event.publishedIn,
    resources: [],
    detail: { originregion: event.originRegion },
  });
  return ofType(template(stackOf[on]), 'AWS::Events::Rule')
    .filter(([, { Properties }]) =>
      compilePattern(JSON.stringify(Properties['EventPattern'])).matches(text),
    )
    .map(([, { Properties }]) => String(Properties['Name']))
    .toSorted();
};

describe('an event on its way through the rules', () => {
  it('is projected at home, and its copy is audited in the other Region, and goes no further', () => {
    const event = { publishedIn: 'us-east-1', originRegion: 'us-east-1' } as const;
    expect(rulesMet('us-east-1', event)).toEqual([
      'antipode-ledger-project-totals',
      'antipode-ledger-to-us-west-2',
    ]);
    expect(rulesMet('us-west-2', event)).toEqual(['antipode-ledger-audit-replica']);
  });

  it('reaches every consumer also when the other Region has taken it over', () => {
    const takenOver = { publishedIn: 'us-west-2', originRegion: 'us-east-1' } as const;
    expect(rulesMet('us-west-2', takenOver)).toEqual([
      'antipode-ledger-audit-replica',
      'antipode-ledger-project-totals',
    ]);
  });
});
