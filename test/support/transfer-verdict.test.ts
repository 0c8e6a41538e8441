import { describe, expect, it } from 'vitest';
import type { BankBooks, Transfer } from './bank.ts';
import { judgeBooks, type Knowledge, violationsOf } from './transfer-verdict.ts';

const opening = 10;
const transfer: Transfer = { id: 't1', from: 'a', to: 'b', amount: 4 };

const books = (change: Partial<BankBooks> = {}): BankBooks => ({
  balances: new Map([
    ['a', 6],
    ['b', 14],
  ]),
  journal: [transfer],
  recorded: ['t1'],
  announced: ['t1'],
  ...change,
});

const untouched: BankBooks = {
  balances: new Map([
    ['a', 10],
    ['b', 10],
  ]),
  journal: [],
  recorded: [],
  announced: [],
};

const violations = (knowledge: Knowledge, found: BankBooks): readonly string[] =>
  violationsOf(judgeBooks([{ transfer, knowledge }], found, opening));

describe('the verdict on transfers', () => {
  it.each([
    ['acknowledged', books()],
    ['unknown', books()],
    ['unknown', untouched],
    ['denied', untouched],
  ] as const)('finds nothing wrong with one that is %s', (knowledge, found) => {
    expect(violations(knowledge, found)).toEqual([]);
  });

  it.each([
    ['an acknowledged one that is not there', 'acknowledged', untouched, /acknowledged and not/],
    ['a denied one that is there', 'denied', books(), /denied/],
    ['one that is there twice', 'unknown', books({ journal: [transfer, transfer] }), /more than/],
    ['one with two events', 'acknowledged', books({ announced: ['t1', 't1'] }), /more than once/],
    ['one without a record', 'unknown', books({ recorded: [] }), /disagreement/],
    ['one without an event', 'unknown', books({ announced: [] }), /disagreement/],
    ['one that was altered', 'unknown', books({ journal: [{ ...transfer, to: 'a' }] }), /disagree/],
    ['one that nobody sent', 'unknown', books({ recorded: ['t1', 't2'] }), /never sent/],
    ['a lost update', 'unknown', books({ balances: new Map([['a', 10]]) }), /journal makes/],
    ['a sum that has changed', 'unknown', books({ balances: new Map([['a', 7]]) }), /the sum is/],
  ] as const)('finds %s', (_, knowledge, found, expected) => {
    expect(violations(knowledge, found).join('\n')).toMatch(expected);
  });

  it('finds an account that is overdrawn although its journal explains it', () => {
    const large = { ...transfer, amount: 14 };
    const found = books({
      journal: [large],
      balances: new Map([
        ['a', -4],
        ['b', 24],
      ]),
    });
    const told = [{ transfer: large, knowledge: 'acknowledged' as const }];
    expect(judgeBooks(told, found, opening).wrongBalances).toEqual(['a']);
  });
});
