import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';

/**
 * Accounts between which all clients transfer: few enough for conflicts, many enough for progress.
 */
const accounts = 64;

/** The first mistakes are kept; thousands of the same would be no news. */
const mistakesKept = 20;

/** The totals that the ledger must have at the end. Amounts are cents. */
export type Tally = { deposits: number; deposited: number; transfers: number; transferred: number };

export type Load = {
  readonly requests: () => number;
  readonly errors: () => number;
  /** The first error. */
  readonly mistakes: readonly string[];
  /** The requests that were acknowledged. */
  readonly tally: Tally;
  /** Resolves when each client has its last answer. */
  readonly stop: () => Promise<void>;
};

type Answer = { readonly status: number; readonly body: { readonly totals?: readonly Total[] } };

type Total = { readonly kind: string; readonly count: number; readonly amount: string };

export type Api = {
  readonly ask: (payload: object) => Promise<Answer>;
  readonly close: () => void;
};

/**
 * The ledger's API through AWS's SDK, which keeps its connections; it tries once, so that a reset
 * shows.
 */
export const createApi = (endpoint: string): Api => {
  const client = new LambdaClient({
    region: 'us-east-1',
    endpoint,
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    maxAttempts: 1,
  });
  return {
    ask: async (payload) => {
      const Payload = Buffer.from(JSON.stringify(payload));
      const answer = await client.send(
        new InvokeCommand({ FunctionName: 'antipode-ledger-api', Payload }),
      );
      const text = Buffer.from(answer.Payload ?? []).toString();
      if (answer.FunctionError) throw new Error(text);
      const { statusCode, body } = JSON.parse(text);
      return { status: statusCode, body: JSON.parse(body) };
    },
    close: () => client.destroy(),
  };
};

const cents = (amount: string): number => Math.round(Number(amount) * 100);

/** The totals as the ledger counts them in both Regions. */
export const readTally = async ({ ask }: Api): Promise<Tally> => {
  const { totals = [] } = (await ask({ operation: 'read' })).body;
  const sum = (kind: string, of: (total: Total) => number): number =>
    totals.filter((total) => total.kind === kind).reduce((all, total) => all + of(total), 0);
  return {
    deposits: sum('deposit', ({ count }) => Number(count)),
    deposited: sum('deposit', ({ amount }) => cents(amount)),
    transfers: sum('transfer', ({ count }) => Number(count)),
    transferred: sum('transfer', ({ amount }) => cents(amount)),
  };
};

/** Deposits what the transfers of the first seconds need, in each account. */
export const openAccounts = async ({ ask }: Api): Promise<void> => {
  for (let number = 0; number < accounts; number += 1) {
    const account_id = `soak-${number}`;
    const { status } = await ask({ operation: 'write', account_id, amount: '1000.00' });
    if (status !== 200) throw new Error(`an account could not be opened: status ${status}`);
  }
};

/** The amounts that it adds to the totals. */
export const accountsOpened: Tally = {
  deposits: accounts,
  deposited: accounts * 100_000,
  transfers: 0,
  transferred: 0,
};

const accountOf = (): string => `soak-${Math.floor(Math.random() * accounts)}`;

/** Three writes, a transfer and a read, in turn. */
const callsOf = (api: Api, tally: Tally): readonly (() => Promise<void>)[] => {
  let last = '';
  const expectStatus = (status: number, ...expected: readonly number[]): void => {
    if (!expected.includes(status)) throw new Error(`an answer has the status ${status}`);
  };
  const write = async (): Promise<void> => {
    const amount = 1 + Math.floor(Math.random() * 10_000);
    last = randomUUID();
    const { status } = await api.ask({
      operation: 'write',
      transaction_id: last,
      account_id: accountOf(),
      amount: (amount / 100).toFixed(2),
    });
    expectStatus(status, 200);
    tally.deposits += 1;
    tally.deposited += amount;
  };
  const transfer = async (): Promise<void> => {
    const [from_account, to_account] = [accountOf(), accountOf()];
    if (from_account === to_account) return;
    const names = { transaction_id: randomUUID(), from_account, to_account };
    const { status } = await api.ask({ operation: 'transfer', ...names, amount: '0.01' });
    // Refused where it would overdraw.
    expectStatus(status, 200, 422);
    if (status !== 200) return;
    tally.transfers += 1;
    tally.transferred += 1;
  };
  const read = async (): Promise<void> => {
    const { status } = await api.ask({ operation: 'read', transaction_id: last });
    expectStatus(status, 200);
  };
  return [write, write, write, transfer, read];
};

/** Sends requests to the Regions in turn, each client one at a time, until it is stopped. */
export const startLoad = (urls: readonly string[], clients: number): Load => {
  const tally: Tally = { deposits: 0, deposited: 0, transfers: 0, transferred: 0 };
  const mistakes: string[] = [];
  let [requests, errors, stopped] = [0, 0, false];
  const run = async (api: Api): Promise<void> => {
    const calls = callsOf(api, tally);
    for (let number = 0; !stopped; number += 1) {
      try {
        await calls[number % calls.length]?.();
      } catch (error) {
        errors += 1;
        if (mistakes.length < mistakesKept) mistakes.push(String(error));
        // A stack that has gone would otherwise be asked thousands of times a second.
        await delay(100);
      }
      requests += 1;
    }
    api.close();
  };
  const running = Array.from({ length: clients }, (_, at) =>
    run(createApi(urls[at % urls.length] ?? '')),
  );
  return {
    requests: () => requests,
    errors: () => errors,
    mistakes,
    tally,
    stop: async () => {
      stopped = true;
      await Promise.all(running);
    },
  };
};
