import {
  formatCursor,
  type LedgerRequest,
  parseLedgerRequest,
  viewAccount,
  viewTransaction,
  viewTransferred,
} from '../../adapters/ledger/index.ts';
import { defined } from '../../domain/kernel/defined.ts';
import type { Json, RunContext, WorkRunner } from '../../domain/kernel/index.ts';
import {
  formatAmount,
  type LedgerEvent,
  type LedgerQueries,
  type LedgerQuery,
  type LedgerRefusal,
  type LedgerState,
  type RecordTransaction,
  recordTransaction,
  type Transaction,
  type Transfer,
  transfer,
} from '../../domain/ledger/index.ts';
import {
  type ApiAnswer,
  type ApiRequest,
  type ApiRoutes,
  createOutcomeAnswer,
  errorAnswer,
} from '../runtime/index.ts';

/** The HTTP status of each refusal. */
const statusOfRefusal: Readonly<Record<LedgerRefusal, number>> = {
  AccountNotFound: 404,
  BalanceTooLarge: 422,
  CurrencyMismatch: 422,
  InsufficientFunds: 422,
  SameAccount: 422,
  TransactionExists: 409,
};

/** GET asks nothing, so it reads; every operation by its name is a POST. */
export const ledgerRoutes: ApiRoutes = { '/': ['GET', 'POST'] };

/** Transactions shown beside the totals. */
const recentMax = 10;

const answerOutcome = createOutcomeAnswer({
  refused: statusOfRefusal,
  // Without the header the id is that of another transaction, in conflict.
  mismatched: errorAnswer(
    409,
    'TransactionExists',
    'This transaction_id was used with another content; use a new one',
  ),
});

const pageOf = (transactions: readonly Transaction[], limit: number): Json => {
  const last = transactions.length === limit ? transactions.at(-1) : undefined;
  return {
    transactions: transactions.map(viewTransaction),
    next_cursor: last ? formatCursor(last) : null,
  };
};

const summary = async (queries: LedgerQueries, deadline: number): Promise<ApiAnswer> => {
  const [{ totals, asOf }, recent] = await Promise.all([
    queries.totals(deadline),
    queries.list({ limit: recentMax }, deadline),
  ]);
  return {
    status: 200,
    body: {
      count: totals.reduce((sum, { count }) => sum + count, 0),
      totals: totals.map(({ region, kind, count, amount }) => ({
        region,
        kind,
        currency: amount.currency,
        count,
        amount: formatAmount(amount),
      })),
      as_of: asOf === undefined ? null : new Date(asOf).toISOString(),
      recent: recent.map(viewTransaction),
    },
  };
};

const recordCommand = (
  request: LedgerRequest & { operation: 'write' },
  region: string,
  requestId: string,
): RecordTransaction => {
  const { amount, transaction_id: id = requestId, account_id: accountId, description } = request;
  return {
    type: 'RecordTransaction',
    // Lambda repeats the request id when it repeats an asynchronous invocation: then this is a
    // replay.
    transactionId: id,
    amount,
    ...defined({ accountId, description }),
    region,
  };
};

const transferCommand = (
  request: LedgerRequest & { operation: 'transfer' },
  region: string,
): Transfer => {
  const { amount, transaction_id, from_account, to_account, description } = request;
  return {
    type: 'Transfer',
    transactionId: transaction_id,
    fromAccount: from_account,
    toAccount: to_account,
    amount,
    ...defined({ description }),
    region,
  };
};

const found = (body: Json | undefined, code: string, message: string): ApiAnswer =>
  body === undefined ? errorAnswer(404, code, message) : { status: 200, body };

/** The operations of the ledger, by name; one function for direct invocations and HTTP. */
export const createLedgerApi = (deps: {
  readonly ledger: WorkRunner<LedgerQuery, LedgerState, LedgerEvent>;
  readonly queries: LedgerQueries;
  /** The Region that this process runs in. */
  readonly region: string;
}) => {
  const { ledger, queries, region } = deps;
  const record = recordTransaction(ledger, viewTransaction);
  const move = transfer(ledger, viewTransferred);

  return async (payload: unknown, run: RunContext, asked: ApiRequest): Promise<ApiAnswer> => {
    const request = parseLedgerRequest(payload, asked.idempotencyKey);
    const { deadline } = run;
    switch (request.operation) {
      case 'write':
        return answerOutcome(
          await record(recordCommand(request, region, asked.requestId), run),
          asked,
        );
      case 'transfer':
        return answerOutcome(await move(transferCommand(request, region), run), asked);
      case 'read': {
        if (request.transaction_id === undefined) return summary(queries, deadline);
        const transaction = await queries.transaction(request.transaction_id, deadline);
        const body = transaction && viewTransaction(transaction);
        return found(body, 'TransactionNotFound', 'No transaction with this id is recorded');
      }
      case 'list': {
        const transactions = await queries.list(request, deadline);
        return { status: 200, body: pageOf(transactions, request.limit) };
      }
      case 'balance': {
        const account = await queries.account(request.account_id, deadline);
        const body = account && viewAccount(account);
        return found(body, 'AccountNotFound', `Account ${request.account_id} does not exist`);
      }
    }
  };
};
