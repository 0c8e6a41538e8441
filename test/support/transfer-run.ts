import { openAccounts, readBooks } from './bank.ts';
import type { NetworkFault } from './fault-kinds.ts';
import type { FaultProxy } from './fault-proxy.ts';
import type { FaultyCluster } from './faulty-cluster.ts';
import {
  type Client,
  createClient,
  type Mutation,
  newTally,
  type Tally,
  type TransferRequest,
  transferOnce,
} from './transfer-caller.ts';
import { judgeBooks, type Knowledge, type Verdict, violationsOf } from './transfer-verdict.ts';
import { seeded } from './workloads.ts';

export type TransferRunOptions = {
  readonly transfers: number;
  readonly seed: number;
  readonly clients?: number;
  /** Faults are so many times as frequent; 1 when it is absent. */
  readonly intensity?: number;
  readonly mutation?: Mutation;
  readonly onProgress?: (done: number) => void;
};

export type TransferRun = {
  readonly verdict: Verdict;
  /** The problems, one line each; empty when there is none. */
  readonly violations: readonly string[];
  readonly acknowledged: number;
  /** Those of the acknowledged whose answer was replayed. */
  readonly replayed: number;
  readonly refused: number;
  /** Callers that gave up, knowing that it may have happened. */
  readonly unknown: number;
  /** Attempts beyond the first of each transfer, and calls among them. */
  readonly retries: number;
  readonly recalls: number;
  /**
   * Refused after an earlier call whose outcome was unknown, and there: it landed after the
   * refusal.
   */
  readonly landedAfterRefusal: number;
  /** Faults at each step of both proxies, by its name. */
  readonly injected: ReadonlyMap<string, number>;
  readonly trace: readonly string[];
  readonly seconds: number;
};

const accountsPerRun = 200;
const openingBalance = 60;
const amountMax = 20;
const clientsDefault = 16;
/**
 * Share of the transfers that read what they decide on, and of the callers that do not ask again.
 */
const lookingShare = 0.5;
const givingUpShare = 0.1;
/**
 * A call has time for as many warm-ups at least. On a machine that is busy with other things
 * everything takes longer, and a call that only opens a connection in its time leaves nothing to
 * the next.
 */
const warmUpsPerCallMin = 12;

/** Opens all connections, client by client; median time of one, in milliseconds. */
const warmUp = async (clients: readonly Client[]): Promise<number> => {
  const times: number[] = [];
  for (const client of clients) {
    const started = performance.now();
    await client.warmUp();
    times.push(performance.now() - started);
  }
  return times.toSorted((one, other) => one - other)[Math.floor(times.length / 2)] ?? 0;
};

/**
 * Transfers as a client draws them; the same seed and client give the same ones, in the same order.
 */
const createDraw = (seed: number, client: number, accounts: readonly string[]) => {
  const random = seeded(seed * 1_000 + client);
  const below = (count: number) => Math.floor(random() * count);
  return (id: string): TransferRequest => {
    const from = below(accounts.length);
    const to = (from + 1 + below(accounts.length - 1)) % accounts.length;
    const [source = '', target = ''] = [accounts[from], accounts[to]];
    return {
      transfer: { id, from: source, to: target, amount: 1 + below(amountMax) },
      looks: random() < lookingShare,
      givesUp: random() < givingUpShare,
    };
  };
};

/** Lets every client take the next transfer until there are none left. */
const runClients = async (
  clients: readonly Client[],
  kind: NetworkFault,
  options: TransferRunOptions & {
    readonly accounts: readonly string[];
    readonly prefix: string;
    readonly callMsMax: number;
  },
  tally: Tally,
): Promise<void> => {
  const { transfers, seed, accounts, prefix, callMsMax } = options;
  const { transfersPerConnection = Number.POSITIVE_INFINITY } = kind;
  let next = 0;
  const runClient = async (client: Client, index: number): Promise<void> => {
    const draw = createDraw(seed, index, accounts);
    // Not all of them open their connections at once.
    for (let done = index + 1; next < transfers; done += 1) {
      next += 1;
      const request = draw(`${prefix}t${next}`);
      const knowledge = await transferOnce(client, request, tally, { turn: index, callMsMax });
      tally.told.push({ transfer: request.transfer, knowledge });
      if (done % transfersPerConnection === 0) await client.reopen();
      options.onProgress?.(tally.told.length);
    }
  };
  await Promise.all(clients.map(runClient));
};

const sumOf = (proxies: readonly FaultProxy[]): ReadonlyMap<string, number> => {
  const sums = new Map<string, number>();
  for (const [name, count] of proxies.flatMap((proxy) => [...proxy.injected()])) {
    sums.set(name, (sums.get(name) ?? 0) + count);
  }
  return sums;
};

/** Runs transfers under one kind of fault, and judges what is left when the dust has settled. */
export const runTransfers = async (
  cluster: FaultyCluster,
  kind: NetworkFault,
  options: TransferRunOptions,
): Promise<TransferRun> => {
  const { direct, proxies } = cluster;
  const prefix = `${crypto.randomUUID()}/`;
  const accounts = Array.from({ length: accountsPerRun }, (_, index) => `${prefix}a${index}`);
  await openAccounts(direct, accounts, openingBalance);
  const tally = newTally();
  const { clients: clientCount = clientsDefault, mutation = {}, intensity = 1 } = options;
  const plan = { ...kind.plan, rate: kind.plan.rate * intensity };
  const clients = Array.from({ length: clientCount }, () => createClient(cluster, tally, mutation));
  const callMsMax = Math.max(kind.callMsMax, warmUpsPerCallMin * (await warmUp(clients)));
  tally.attempts = 0;
  const started = performance.now();
  for (const proxy of proxies) proxy.setPlan(plan);
  await runClients(clients, kind, { ...options, accounts, prefix, callMsMax }, tally);
  const seconds = (performance.now() - started) / 1000;
  await Promise.all(clients.map((client) => client.close()));
  await Promise.all(proxies.map((proxy) => proxy.settled()));
  const injected = sumOf(proxies);
  const trace = proxies.flatMap((proxy) => proxy.trace());
  for (const proxy of proxies) proxy.setPlan(undefined);
  const books = await readBooks(direct, prefix);
  const verdict = judgeBooks(tally.told, books, openingBalance);
  const count = (knowledge: Knowledge) =>
    tally.told.filter((one) => one.knowledge === knowledge).length;
  return {
    verdict,
    violations: [...violationsOf(verdict), ...tally.failures],
    acknowledged: count('acknowledged'),
    replayed: tally.replayed,
    refused: tally.refused,
    unknown: count('unknown'),
    retries: tally.attempts - tally.told.length,
    recalls: tally.calls - tally.told.length,
    landedAfterRefusal: books.journal.filter(({ id }) => tally.landable.has(id)).length,
    ...{ injected, trace },
    seconds,
  };
};
