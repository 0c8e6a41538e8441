import { randomUUID } from 'node:crypto';
import type { Scenario } from '../../local/index.ts';

const api = 'antipode-ledger-api';

/** What the API answers, as far as the check looks at it. */
type Answer = {
  readonly transaction_id?: string;
  readonly amount?: string;
  readonly region?: string;
  readonly count?: number;
  readonly error?: { readonly message: string };
};

/** The body of an answer. Throws what the API refused. */
const bodyOf = (answer: unknown): Answer => {
  const { statusCode, body } = answer as { readonly statusCode: number; readonly body: string };
  const parsed = JSON.parse(body) as Answer;
  if (statusCode !== 200) throw new Error(`${statusCode} ${parsed.error?.message ?? body}`);
  return parsed;
};

/** Whether an event on a bus tells of a transaction. */
const tellsOf = (transactionId: string) => (event: unknown) => {
  const { detail } = event as {
    readonly detail?: { readonly data?: { readonly transaction_id?: string } };
  };
  return detail?.data?.transaction_id === transactionId;
};

const write = '{"operation":"write","transaction_id":"test-001","amount":100.50}';
const read = '{"operation":"read","transaction_id":"test-001"}';

/** How to try the ledger, and how to see that it works in both Regions. */
export const scenario: Scenario = {
  examples: [
    {
      kind: 'invoke',
      title: 'Write in one Region',
      in: 'primary',
      functionName: api,
      payload: write,
    },
    {
      kind: 'invoke',
      title: 'Read it in the other',
      in: 'secondary',
      functionName: api,
      payload: read,
    },
    {
      kind: 'invoke',
      title: 'See the totals',
      in: 'primary',
      functionName: api,
      payload: '{"operation":"read"}',
    },
    {
      kind: 'http',
      title: 'Over HTTP',
      in: 'primary',
      functionName: api,
      body: '{"operation":"write","amount":12.34}',
    },
    {
      kind: 'put-events',
      title: 'Put an event on the bus',
      in: 'primary',
      entries:
        '[{"Source":"antipode.ledger","DetailType":"Example","Detail":"{}","EventBusName":"antipode-ledger"}]',
    },
  ],
  check: async ({ primary, secondary, step, eventually }) => {
    const transactionId = `self-check-${randomUUID()}`;
    const ask = async (region: typeof primary, request: object) =>
      bodyOf(await region.invoke(api, request));
    let writtenAt = 0;
    await step(`write in ${primary.name}`, async () => {
      const request = { operation: 'write', transaction_id: transactionId, amount: '100.50' };
      const { amount, region } = await ask(primary, request);
      writtenAt = Date.now();
      return `${transactionId} of ${amount}, recorded in ${region}`;
    });
    await step(`read the same transaction in ${secondary.name}`, async () => {
      const request = { operation: 'read', transaction_id: transactionId };
      const { amount, region } = await ask(secondary, request);
      if (amount !== '100.50') throw new Error(`the amount is ${amount}`);
      return `${amount}, recorded in ${region}`;
    });
    await step(`the event is handled in ${primary.name}`, async () => {
      const at = await primary.handled('antipode-project-totals', tellsOf(transactionId));
      const { count } = await eventually(async () => {
        const totals = await ask(primary, { operation: 'read' });
        return totals.count ? totals : undefined;
      });
      return `${at - writtenAt} ms after the write; the totals count ${count}`;
    });
    await step(`its copy arrives in ${secondary.name}`, async () => {
      const at = await secondary.handled('antipode-audit-replica', tellsOf(transactionId));
      return `${at - writtenAt} ms after the write; the audit has recorded it`;
    });
  },
};
