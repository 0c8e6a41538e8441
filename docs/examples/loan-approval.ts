import {
  accept,
  type Decision,
  type DomainEvent,
  defineService,
  type Once,
  type RunContext,
  refuse,
  type WorkRunner,
} from 'antipode/domain';
import { type DsqlRepository, statement } from 'antipode/dsql';
import { type LambdaContext, runContext } from 'antipode/handlers';
import { systemClock } from 'antipode/system';
import { number, object, string } from 'valibot';

/** Loans that a person approves, which may take days. */
export const loans = defineService({
  name: 'loans',
  source: 'bank.loans',
  schema: 'loans',
  migrations: [
    {
      id: 'loans-0001-loans',
      ddl: 'CREATE TABLE loans.loans (id text PRIMARY KEY, cents bigint NOT NULL, status text NOT NULL)',
    },
  ],
  events: {
    LoanRequested: { version: 1, schema: object({ cents: number() }) },
    LoanDecided: { version: 1, schema: object({ status: string() }) },
  },
  consumers: {},
});

/** The part of `DurableContext` of `@aws/durable-execution-sdk-js` that the workflow uses. */
export type DurableContext = {
  readonly lambdaContext: LambdaContext;
  readonly step: <T>(name: string, run: () => Promise<T>) => PromiseLike<T>;
  readonly waitForCallback: (
    name: string,
    submit: (callbackId: string) => Promise<void>,
    config: { readonly timeout: { readonly days: number } },
  ) => PromiseLike<string>;
};

export type Loan = {
  readonly id: string;
  readonly cents: number;
  readonly status: 'unknown' | 'requested' | 'approved' | 'rejected';
};

type Emitted =
  | DomainEvent<'LoanRequested', { readonly cents: number }, 1>
  | DomainEvent<'LoanDecided', { readonly status: string }, 1>;

type LoanRunner = WorkRunner<{ readonly id: string }, Loan, Emitted>;

const changed = (loan: Loan, event: Pick<Emitted, 'type' | 'data'>, aggregateVersion: number) => {
  const emitted = { ...event, schemaVersion: 1, subject: loan.id, aggregateVersion } as Emitted;
  return accept({ state: loan, events: [emitted], result: loan.status });
};

export const decideRequest = (
  loan: Loan,
  { id, cents }: Pick<Loan, 'id' | 'cents'>,
): Decision<Loan, Loan['status'], Emitted, 'LoanExists'> =>
  loan.status === 'unknown'
    ? changed({ id, cents, status: 'requested' }, { type: 'LoanRequested', data: { cents } }, 1)
    : refuse('LoanExists', `Loan ${id} exists`);

export const decideAnswer = (
  loan: Loan,
  status: 'approved' | 'rejected',
): Decision<Loan, Loan['status'], Emitted, 'NotRequested'> =>
  loan.status === 'requested'
    ? changed({ ...loan, status }, { type: 'LoanDecided', data: { status } }, 2)
    : refuse('NotRequested', `Loan ${loan.id} is ${loan.status}`);

/** A step as a unit of work: its record commits with its effect, and so do its events. */
type StepContext = RunContext & { readonly once: Extract<Once, { readonly kind: 'command' }> };

/**
 * Runs steps under keys of the execution and the step. A step that ran and was not checkpointed
 * runs again, and is answered from its record.
 */
const stepsOf =
  (context: DurableContext, execution: string) =>
  <Result>(name: string, work: (run: StepContext) => Promise<Result>) =>
    context.step(name, () => {
      const run = runContext(context.lambdaContext, systemClock, { correlationid: execution });
      const key = `${execution} ${name}`;
      return work({ ...run, once: { kind: 'command', key, fingerprint: name } });
    });

/** `execution` is the name under which the durable execution was started. */
export type LoanRequest = Pick<Loan, 'id' | 'cents'> & { readonly execution: string };

/** The handler for `withDurableExecution`. `askPerson` hands the callback's id to a person. */
export const approveLoan =
  (runner: LoanRunner, askPerson: (callbackId: string, loan: string) => Promise<void>) =>
  async (request: LoanRequest, context: DurableContext): Promise<string> => {
    const { id, execution } = request;
    const step = stepsOf(context, execution);
    const requested = await step('request', (run) =>
      runner.run({ ...run, load: { id }, decide: (loan) => decideRequest(loan, request) }),
    );
    if (requested.status === 'refused') return requested.refusal.code;
    const timeout = { days: 14 };
    const answer = await context.waitForCallback('approval', (token) => askPerson(token, id), {
      timeout,
    });
    const status = answer === 'yes' ? 'approved' : 'rejected';
    const decided = await step('decide', (run) =>
      runner.run({ ...run, load: { id }, decide: (loan) => decideAnswer(loan, status) }),
    );
    return decided.status === 'refused' ? decided.refusal.code : status;
  };

type LoanRow = { readonly id: string; readonly cents: string; readonly status: string };

export const loanRows: DsqlRepository<{ readonly id: string }, Loan, [LoanRow]> = {
  empty: { id: '', cents: 0, status: 'unknown' },
  load: ({ id }) => [
    statement<LoanRow>('SELECT id, cents, status FROM loans.loans WHERE id = $1', id),
  ],
  toState: ([[row]]) =>
    row
      ? { id: row.id, cents: Number(row.cents), status: row.status as Loan['status'] }
      : loanRows.empty,
  save: ({ id, cents, status }) => [
    statement(
      `INSERT INTO loans.loans VALUES ($1, $2, $3) ON CONFLICT (id) DO UPDATE SET status = $3`,
      id,
      cents,
      status,
    ),
  ],
};
