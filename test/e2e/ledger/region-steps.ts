import { expect } from 'vitest';
import type { EventBridgeObserver } from '../../../packages/cli/src/local/eventbridge/index.ts';
import type { HttpRequest, HttpResponse } from '../../../packages/local-dsql/src/http/index.ts';
import type { CommitEnd } from '../../../packages/local-dsql/src/injection/failure-injection.ts';
import type { Operator } from './operator.ts';
import type { LedgerStack } from './stack.ts';

/** The ways in which a test reaches into the secondary Region of a running ledger. */
export type Reach = {
  readonly ledger: LedgerStack;
  readonly operator: Operator;
  /** Sees the secondary Region's requests to its services; no argument: nothing does. */
  readonly intercept: (
    route?: (request: HttpRequest) => Promise<HttpResponse | undefined> | undefined,
  ) => void;
  /** Watches the secondary Region's bus; no argument: nothing does. */
  readonly observe: (observer?: EventBridgeObserver) => void;
};

/** Prepares the loss of the secondary Region at one step of publishing; `lose` is called there. */
type Step = (reach: Reach, lose: () => void) => void;

/** The loss of the Region at a COMMIT that writes to a table. */
const atCommit =
  (at: CommitEnd['at'], table: string): Step =>
  ({ ledger }, lose) => {
    ledger.secondary.dsql?.failures.watchCommits(({ writtenTables }) =>
      writtenTables.has(table) ? { at, action: lose } : undefined,
    );
  };

/** The loss at the first write to the outbox after the events were published. */
const atMark =
  (at: CommitEnd['at']): Step =>
  (reach, lose) =>
    reach.intercept(({ headers }) => {
      if (headers['x-amz-target'] === 'AWSEvents.PutEvents')
        atCommit(at, 'ledger.outbox')(reach, lose);
      return undefined;
    });

/** The loss at a request of `PutEvents`, before the bus has it or when the bus has answered. */
const atPutEvents =
  (at: 'before' | 'after'): Step =>
  ({ ledger, intercept }, lose) =>
    intercept(({ headers, body }) => {
      if (headers['x-amz-target'] !== 'AWSEvents.PutEvents') return undefined;
      if (at === 'after') ledger.secondary.events.putEvents(JSON.parse(body.toString()).Entries);
      lose();
      // The process that waits for it is dead.
      return new Promise(() => {});
    });

const observed =
  (of: (lose: () => void) => EventBridgeObserver): Step =>
  ({ observe }, lose) =>
    observe(of(lose));

/** The steps of publishing at which a Region may be lost, from the decision to the last effect. */
export const steps = {
  'before COMMIT': atCommit('before', 'ledger.transactions'),
  'after COMMIT': atCommit('after', 'ledger.transactions'),
  'before PutEvents': atPutEvents('before'),
  'after PutEvents, without an answer': atPutEvents('after'),
  'before the mark': atMark('before'),
  'after the mark': atMark('after'),
  'when the bus has the event': observed((lose) => ({ arrived: (_, __, hop) => hop || lose() })),
  'between the buses': ({ ledger, observe }, lose) => {
    const { primary, secondary, stack } = ledger;
    stack.network.cut(primary.region, secondary.region);
    observe({
      delivered: ({ description }) => {
        if (description.includes('project-totals')) lose();
      },
    });
  },
  'before the consumer': observed((lose) => ({
    delivered: ({ description }) => {
      if (description.includes('project-totals')) lose();
    },
  })),
  "in the consumer's transaction": atCommit('before', 'ledger.totals'),
  'after the consumer': atCommit('after', 'ledger.totals'),
} satisfies Readonly<Record<string, Step>>;

export type StepName = keyof typeof steps;

type Sums = { readonly transactions: number; readonly totals: number; readonly arrivals: number };

const sumsOf = async (operator: Operator): Promise<Sums> => {
  const [row] = await operator.ask(`SELECT
      (SELECT coalesce(sum(amount), 0)::text FROM ledger.transactions) AS transactions,
      (SELECT coalesce(sum(amount), 0)::text FROM ledger.totals) AS totals,
      (SELECT count(*)::text FROM ledger.arrivals) AS arrivals`);
  return {
    transactions: Number(row?.['transactions']),
    totals: Number(row?.['totals']),
    arrivals: Number(row?.['arrivals']),
  };
};

/** Seconds for a takeover, and for a busy machine. */
const settleMsMax = 30_000;

/**
 * Sends one command to the secondary Region and loses the Region at a step. The caller sends the
 * command again to the primary one. Takeover and republish bring what the lost Region had left.
 * Then the Region comes back. Each consumer has the event once in effect at the end.
 */
export const loseAt = async (name: StepName, reach: Reach): Promise<void> => {
  const { ledger, operator, intercept, observe } = reach;
  const { primary, secondary, stack } = ledger;
  const before = await sumsOf(operator);
  const since = new Date(Date.now() - 1_000).toISOString();
  const lost = Promise.withResolvers<void>();
  let isLost = false;
  steps[name](reach, () => {
    if (isLost) return;
    isLost = true;
    lost.resolve(secondary.stop());
  });
  const transaction_id = `lost-${name.replaceAll(/\W+/g, '-')}`;
  const command = { operation: 'write', transaction_id, amount: '7.00' };
  await ledger.ask(secondary, command).catch(() => undefined);
  await expect.poll(() => isLost, { timeout: settleMsMax }).toBe(true);
  await lost.promise;
  intercept();
  observe();
  secondary.dsql?.failures.watchCommits();
  stack.network.restore(primary.region, secondary.region);
  expect(secondary.isRunning()).toBe(false);

  expect((await ledger.ask(primary, command)).status).toBe(200);
  const pending = async () =>
    (await operator.json('outbox list --state pending --max 1')).status.pending.count;
  await expect.poll(pending, { timeout: settleMsMax, interval: 250 }).toBe(0);
  // It fails where the lost Region has published nothing.
  await operator.run(
    `outbox republish --region ${primary.region} --origin ${secondary.region} --since ${since} --yes`,
  );
  const once = { transactions: before.transactions + 7, totals: before.totals + 7 };
  await expect
    .poll(() => sumsOf(operator), { timeout: settleMsMax, interval: 250 })
    .toMatchObject(once);

  await secondary.start();
  await stack.idle();
  expect(await sumsOf(operator)).toEqual({ ...once, arrivals: before.arrivals + 1 });
};
