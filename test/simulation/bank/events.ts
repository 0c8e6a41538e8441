import {
  type AnyService,
  type DomainEvent,
  defineService,
  type EventEnvelope,
  type Schema,
} from '../../../src/domain/kernel/index.ts';

/** A change of one account, as version 2 of the service publishes it. */
export type Movement = {
  readonly transfer: string;
  readonly amount: number;
  /** Absent in version 1. */
  readonly other?: string;
};

/** A review of a transfer, or its timeout. */
export type Review = { readonly transfer: string };

export type MovementEvent = DomainEvent<'Debited' | 'Credited', Movement>;
export type ReviewEvent = DomainEvent<
  'ReviewAsked' | 'ReviewSettled' | 'ReviewDue' | 'TransferReviewed',
  Review
>;

/** An event of the bank, as a consumer gets it. */
export type BankEvent =
  | EventEnvelope<'Debited' | 'Credited', Movement>
  | EventEnvelope<ReviewEvent['type'], Review>;

type Fields = { readonly [name: string]: 'string' | 'number' };

/** A schema of flat objects: a library's takes several times as long. */
const schemaOf = <Data>(fields: Fields): Schema<Data> => {
  const entries = Object.entries(fields);
  return {
    '~standard': {
      version: 1,
      vendor: 'simulation',
      validate: (value) => {
        const given = value as Readonly<Record<string, unknown>>;
        const wrong = entries.filter(([name, type]) => typeof given?.[name] !== type);
        return wrong.length === 0
          ? { value: value as Data }
          : { issues: wrong.map(([name]) => ({ message: 'is missing', path: [name] })) };
      },
    },
  };
};

const movement = { transfer: 'string', amount: 'number' } as const;

/** The upcast from version 1: nobody knows the other account any more. */
const upcast = { 1: (data: Movement): Movement => ({ ...data, other: 'unknown' }) };

const consumers = {
  statements: { on: ['Debited', 'Credited'], ordered: true },
  totals: { on: ['Credited'], queue: true },
  audit: { on: ['Debited'], of: 'other-region' },
  reviews: { on: ['ReviewAsked', 'ReviewSettled', 'ReviewDue'], publishes: true },
} as const;

const review = { version: 1, schema: schemaOf<Review>({ transfer: 'string' }) } as const;

const common = { name: 'bank', source: 'simulated.bank', schema: 'bank', migrations: [] } as const;

const first = { version: 1, schema: schemaOf<Movement>(movement) } as const;

const second = {
  version: 2,
  schema: schemaOf<Movement>({ ...movement, other: 'string' }),
  upcast,
} as const;

const versions: readonly AnyService[] = [first, second].map(
  (movements) =>
    defineService({
      ...common,
      consumers,
      events: {
        Debited: { ...(movements as typeof second), scope: 'all-regions' },
        Credited: movements as typeof second,
        ReviewAsked: review,
        ReviewSettled: review,
        ReviewDue: review,
        TransferReviewed: review,
      },
    }) as unknown as AnyService,
);

/** The bank's declaration; version 2 has a field more in two of its events. */
export const bank = (version: number): AnyService => versions[version - 1] as AnyService;
