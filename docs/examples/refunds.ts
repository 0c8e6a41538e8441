import { IdempotencyConfig, makeIdempotent } from '@aws-lambda-powertools/idempotency';
import { makeHandlerIdempotent } from '@aws-lambda-powertools/idempotency/middleware';
import middy from '@middy/core';
import {
  accept,
  type CommandRecords,
  type IdempotencyStore,
  type WorkRunner,
} from 'antipode/domain';
import {
  answerIdempotencyErrors,
  type LambdaContext,
  parseExactJson,
  runContext,
} from 'antipode/handlers';
import { StorePersistenceLayer, TransactionalPersistenceLayer } from 'antipode/powertools';
import { systemClock } from 'antipode/system';

type Refund = { readonly id: string; readonly account: string; readonly cents: number };
type Account = { readonly id: string; readonly cents: number };
type HttpEvent = { readonly headers: Readonly<Record<string, string>>; readonly body: string };

/** A request is the same if its key *and* its content are the same. A key alone is refused. */
const sameRequest = (eventKeyJmesPath: string, payloadValidationJmesPath: string) =>
  new IdempotencyConfig({
    eventKeyJmesPath,
    payloadValidationJmesPath,
    throwOnNoIdempotencyKey: true,
    hashFunction: 'sha256',
  });

/** The effect is in the database: the record commits with it, and a crash behind COMMIT replays. */
export const createBookRefund = (
  records: CommandRecords,
  accounts: WorkRunner<{ readonly id: string }, Account>,
) => {
  const idempotency = new TransactionalPersistenceLayer(records);
  const book = async (refund: Refund, context: LambdaContext) => {
    const outcome = await idempotency.run(refund, (once) =>
      accounts.run({
        ...runContext(context, systemClock),
        once,
        load: { id: refund.account },
        decide: (account) => {
          const cents = account.cents + refund.cents;
          return accept({ state: { ...account, cents }, events: [], result: { cents } });
        },
      }),
    );
    return outcome.status === 'refused' ? { refused: outcome.refusal.code } : outcome.result;
  };
  const config = sameRequest('id', '[account, cents]');
  const keyPrefix = 'refunds.book';
  return makeIdempotent(book, { persistenceStore: idempotency, keyPrefix, config });
};

/**
 * The effect is elsewhere: a lease keeps duplicates away while it is under way, and they are told
 * so in HTTP.
 */
export const createPayOutHandler = (
  store: IdempotencyStore,
  payOut: (refund: Refund) => Promise<{ readonly receipt: string }>,
) =>
  middy(async ({ body }: HttpEvent) => {
    const { receipt } = await payOut(parseExactJson(body) as Refund);
    return { statusCode: 200, body: JSON.stringify({ receipt }) };
  })
    .use(answerIdempotencyErrors())
    // Last, so that what other middleware throws later does not cause the work to be done again.
    .use(
      makeHandlerIdempotent({
        persistenceStore: new StorePersistenceLayer(store),
        keyPrefix: 'refunds.pay-out',
        config: sameRequest('headers."idempotency-key"', 'body'),
      }),
    );
