import { expect } from 'vitest';
import {
  createMemoryLedgerQueries,
  createMemoryLedgerRepository,
  createMemoryTotalsRepository,
  ledger,
} from '../../../src/adapters/ledger/index.ts';
import { createMemoryEventPublisher } from '../../../src/adapters/memory/index.ts';
import { projectTotals } from '../../../src/domain/ledger/index.ts';
import { createLedgerApi, ledgerRoutes } from '../../../src/handlers/ledger/ledger-api.ts';
import {
  type ApiResponse,
  createApiHandler,
  createEventHandler,
  noPublisher,
} from '../../../src/handlers/runtime/index.ts';
import { asLambda, handlerParts, httpRequest, lambdaContext } from '../lambda.ts';
import { memoryService } from '../memory-service.ts';

const { catalogue } = ledger;

/** The ledger as its Lambdas wire it, over memory: the API in both Regions and the totals. */
export const memoryLedger = async () => {
  const parts = await handlerParts();
  const { database, outbox, runnerOf } = memoryService(parts.clock);
  const publisher = createMemoryEventPublisher();
  const queries = createMemoryLedgerQueries(database);
  let requests = 0;

  const apiIn = (region: string) => {
    const ledger = runnerOf(createMemoryLedgerRepository(), { catalogue, publisher, region });
    const answer = createLedgerApi({ ledger, queries, region });
    return asLambda<ApiResponse>(createApiHandler({ ...parts, answer, routes: ledgerRoutes }));
  };
  const [primary, secondary] = [apiIn('us-east-1'), apiIn('us-west-2')];

  const read = async (response: Promise<ApiResponse>) => {
    const { statusCode, headers, body } = await response;
    expect(body).not.toContain('\n');
    return { status: statusCode, headers, body: JSON.parse(body) };
  };
  const context = () => {
    requests += 1;
    // The clock stands still but for sleeping, and all sleep on the same one: give them time.
    return lambdaContext(`request-${requests}`, 1e9);
  };
  const ask = (payload: unknown, api = primary) => read(api(payload, context()));
  const json = { 'content-type': 'application/json' };
  const http = (body: string, api = primary, headers: object = {}) =>
    read(api(httpRequest(body, { headers: { ...json, ...headers } }), context()));
  /** A request by any method, answered as Lambda is. */
  const request = (method: string, path = '/', body?: string) => {
    const changes = { rawPath: path, requestContext: { http: { method, path } } };
    return primary(httpRequest(body, changes), context());
  };

  const totals = projectTotals(
    runnerOf(createMemoryTotalsRepository(parts.clock), { catalogue, publisher: noPublisher }),
  );
  const project = asLambda(
    createEventHandler({ ...parts, consumer: 'project-totals', catalogue, consume: totals }),
  );
  /** Delivers everything that was published so far. */
  const deliver = async () => {
    for (const detail of publisher.published) await project({ detail }, context());
  };
  /** All that a request may have changed. */
  const state = () =>
    JSON.stringify(
      [database.begin().all('accounts'), database.begin().all('transactions')],
      (_, value) => (typeof value === 'bigint' ? String(value) : value),
    );
  return {
    ...{ ...parts, ask, http, request, deliver, outbox, primary, publisher, queries, secondary },
    state,
  };
};

/** The same, with 10.00 USD in account a and 1.00 USD in account b. */
export const openedLedger = async () => {
  const ledger = await memoryLedger();
  const { ask } = ledger;
  await ask({ operation: 'write', transaction_id: 'open-a', account_id: 'a', amount: '10.00' });
  await ask({ operation: 'write', transaction_id: 'open-b', account_id: 'b', amount: '1.00' });
  return ledger;
};
