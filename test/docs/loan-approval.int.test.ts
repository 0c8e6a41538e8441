import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  approveLoan,
  type DurableContext,
  loanRows,
  loans,
} from '../../docs/examples/loan-approval.ts';
import {
  createTestService,
  startTestDatabase,
  type TestDatabase,
  type TestService,
} from '../../src/testing/index.ts';
import { lambdaContext } from '../support/lambda.ts';
import { postgresUrl } from '../support/postgres-url.ts';

let database: TestDatabase;
let service: TestService<typeof loans>;
beforeAll(async () => {
  database = await startTestDatabase(loans, { postgres: postgresUrl() });
  service = createTestService(loans, database, { consumers: {} });
});
beforeEach(() => service.reset());
afterAll(() => database?.stop());

class Killed extends Error {}

/**
 * Lambda's part of a durable execution: results of operations are checkpointed, and a run that
 * begins again gets them from there.
 */
const durable = (answer: string) => {
  const checkpoints = new Map<string, unknown>();
  let runs: string[] = [];
  let killAfter: string | undefined;
  const operation = async <T>(name: string, run: () => Promise<T>): Promise<T> => {
    if (checkpoints.has(name)) return checkpoints.get(name) as T;
    runs.push(name);
    const result = await run();
    if (killAfter === name) {
      killAfter = undefined;
      throw new Killed(name);
    }
    checkpoints.set(name, JSON.parse(JSON.stringify(result)));
    return result;
  };
  const context: DurableContext = {
    lambdaContext: lambdaContext(),
    step: operation,
    waitForCallback: (name, submit) =>
      operation(name, async () => {
        await submit('token');
        return answer;
      }),
  };
  return {
    context,
    /** Kills the function once, behind the effect of an operation and before its checkpoint. */
    killAfter: (name: string) => {
      killAfter = name;
    },
    /** The operations that have run since the last call. */
    takeRuns: () => {
      const taken = runs;
      runs = [];
      return taken;
    },
  };
};

const request = { id: 'l-1', cents: 100_000, execution: 'event-1' };

const approve = (context: DurableContext, region = service.primary) =>
  approveLoan(region.runner(loanRows), async () => undefined)(request, context);

const stored = () =>
  database.primary
    .db<{ 'loans.loans': { id: string; status: string } }>()
    .selectFrom('loans.loans')
    .select(['id', 'status'])
    .execute();

const published = () => service.bus.published.map(({ type }) => type);

describe('a durable execution whose steps are units of work', () => {
  it('runs each step once, and emits its events', async () => {
    const { context } = durable('yes');
    expect(await approve(context)).toBe('approved');
    expect(await stored()).toEqual([{ id: 'l-1', status: 'approved' }]);
    expect(published()).toEqual(['LoanRequested', 'LoanDecided']);
  });

  it.each(['request', 'decide'])(
    'has the effect of step %s once, when the function dies before its checkpoint',
    async (name) => {
      const { context, killAfter, takeRuns } = durable('no');
      killAfter(name);
      await expect(approve(context)).rejects.toThrow(Killed);
      takeRuns();
      expect(await approve(context)).toBe('rejected');
      expect(takeRuns()).toContain(name);
      expect(await stored()).toEqual([{ id: 'l-1', status: 'rejected' }]);
      expect(published()).toEqual(['LoanRequested', 'LoanDecided']);
    },
  );

  it('started again in the other Region, repeats no effect', async () => {
    await approve(durable('yes').context);
    const { context, takeRuns } = durable('yes');
    expect(await approve(context, service.secondary)).toBe('approved');
    expect(takeRuns()).toEqual(['request', 'approval', 'decide']);
    expect(published()).toEqual(['LoanRequested', 'LoanDecided']);
  });

  it('answers a refusal of its first step', async () => {
    await approve(durable('yes').context);
    const other = { ...request, execution: 'event-2' };
    const start = approveLoan(service.primary.runner(loanRows), async () => undefined);
    expect(await start(other, durable('yes').context)).toBe('LoanExists');
  });
});
