import { randomUUID } from 'node:crypto';
import type { CheckContext, DescribeScenario, Example } from '../index.ts';

/** Whether an event on a bus tells of a transaction. */
const tellsOf = (transactionId: string) => (event: unknown) => {
  const { detail } = event as {
    readonly detail?: { readonly data?: { readonly transaction_id?: string } };
  };
  return detail?.data?.transaction_id === transactionId;
};

const write = (transactionId: string): string =>
  `{"operation":"write","transaction_id":"${transactionId}","amount":100.50}`;

const read = (transactionId: string): string =>
  `{"operation":"read","transaction_id":"${transactionId}"}`;

const totals = '{"operation":"read"}';

/** The names that this deployment gives to what the scenario uses. */
type Names = {
  readonly api: string;
  readonly projectTotals: string;
  /** Absent where nothing is copied to the other Region. */
  readonly auditReplica: string | undefined;
  readonly bus: string;
};

const examplesFor = ({ api, bus }: Names): readonly Example[] => {
  const entry = `{"Source":"antipode.ledger","DetailType":"Example","Detail":"{}","EventBusName":"${bus}"}`;
  const invoke = (where: Example['in'], title: string, payload: string): Example => {
    return { kind: 'invoke', title, in: where, functionName: api, payload };
  };
  return [
    invoke('primary', 'Write in one Region', write('test-001')),
    invoke('secondary', 'Read it in the other', read('test-001')),
    invoke('primary', 'See the totals', totals),
    {
      kind: 'http',
      title: 'Over HTTP',
      in: 'primary',
      functionName: api,
      body: '{"operation":"write","amount":12.34}',
    },
    { kind: 'http', title: 'The same totals by GET', in: 'primary', functionName: api },
    { kind: 'put-events', title: 'Put an event on the bus', in: 'primary', entries: `[${entry}]` },
  ];
};

const checkWith =
  ({ api, projectTotals, auditReplica }: Names) =>
  async ({ primary, secondary, step }: CheckContext): Promise<void> => {
    const transactionId = `self-check-${randomUUID()}`;
    let writtenAt = 0;
    await step(`write in ${primary.name}`, async () => {
      const { amount, region } = await primary.ask(api, write(transactionId));
      writtenAt = Date.now();
      return `${transactionId} of ${amount}, recorded in ${region}`;
    });
    await step(`read the same transaction in ${secondary.name}`, async () => {
      const { amount, region } = await secondary.ask(api, read(transactionId));
      if (amount !== '100.50') throw new Error(`its amount is ${amount}`);
      return `${amount}, recorded in ${region}`;
    });
    await step(`the event is handled in ${primary.name}`, async () => {
      const at = await primary.handled(projectTotals, tellsOf(transactionId));
      const { count } = await primary.ask(api, totals);
      if (!count) throw new Error('the totals do not count it');
      return `${at - writtenAt} ms after the answer; the totals count ${count}`;
    });
    if (auditReplica === undefined) return;
    await step(`its copy is handled in ${secondary.name}`, async () => {
      const at = await secondary.handled(auditReplica, tellsOf(transactionId));
      return `${at - writtenAt} ms after the answer; the audit has recorded it`;
    });
  };

/** How to try the ledger, and how to see that it works in both Regions. */
export const scenario: DescribeScenario = ({ functions, outputs }) => {
  const ending = (suffix: string) => functions.find((name) => name.endsWith(suffix));
  const names: Names = {
    api: ending('-ledger-api') ?? 'antipode-ledger-api',
    projectTotals: ending('-project-totals') ?? 'antipode-ledger-project-totals',
    auditReplica: ending('-audit-replica'),
    bus: outputs['EventBusName'] ?? 'antipode-ledger',
  };
  return { examples: examplesFor(names), check: checkWith(names) };
};
