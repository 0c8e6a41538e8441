import fc from 'fast-check';
import {
  type Account,
  type Money,
  minorUnitsMax,
  type Transaction,
  type TransactionOf,
} from '../../../src/domain/ledger/index.ts';

const id = fc.stringMatching(/^[\w.:@/+=-]{1,40}$/);
const currency = fc.constantFrom('USD', 'JPY', 'KWD', 'EUR');

/** Plain objects, as the code makes them. */
const noNullPrototype = true;

export const money: fc.Arbitrary<Money> = fc.record(
  { minor: fc.bigInt({ min: 1n, max: minorUnitsMax - 1n }), currency },
  { noNullPrototype },
);

export const account: fc.Arbitrary<Account> = fc.record({
  id,
  balance: money,
  version: fc.integer({ min: 1 }),
});

const recorded = {
  id,
  amount: money,
  region: fc.constantFrom('us-east-1', 'us-west-2'),
  recordedAt: fc.integer({ min: 0, max: Date.parse('2999-12-31') }),
};

/** The other fields are absent where they have no value. */
const required = ['kind', 'id', 'amount', 'region', 'recordedAt'] as const;

export const deposit = fc.record(
  { kind: fc.constant('deposit' as const), accountId: id, description: fc.string(), ...recorded },
  { requiredKeys: [...required], noNullPrototype },
);

export const movement = fc.record(
  {
    kind: fc.constant('transfer' as const),
    fromAccount: id,
    toAccount: id,
    description: fc.string(),
    ...recorded,
  },
  { requiredKeys: [...required, 'fromAccount', 'toAccount'], noNullPrototype },
);

/** One of every kind. */
const ofKind: { readonly [Kind in Transaction['kind']]: fc.Arbitrary<TransactionOf<Kind>> } = {
  deposit,
  transfer: movement,
};

export const transaction: fc.Arbitrary<Transaction> = fc.oneof(...Object.values(ofKind));
