import type { Json, Outcome, RunContext } from '../../../src/domain/kernel/index.ts';
import type {
  Scenario,
  SeededRandom,
  SimulatedCommand,
  SimulatedParts,
} from '../../../src/testing/simulation/index.ts';
import {
  type AccountsQuery,
  type AccountsState,
  accountsRepository,
  type BankRequest,
  decideDeposit,
  decideLook,
  decideTransfer,
} from './accounts.ts';
import { checkBank } from './check.ts';
import { audit, reviews, statements, totals } from './consumers.ts';
import { bank, type MovementEvent, type ReviewEvent } from './events.ts';

/** Few accounts, so that commands conflict. */
const accountIds = Array.from({ length: 12 }, (_, index) => `account-${index}`);

/** One of so many requests has a key that another request has had. */
const wrongKeyOneIn = 40;

/** How many accounts a look reads: one more than a transfer. */
const lookedAt = 3;

/** Interest goes to this account. */
const interestAccount = 'account-0';

/** How often interest is paid. Seconds. */
const interestSeconds = 60;

const fingerprintOf = ({ id: _, ...content }: BankRequest): string => JSON.stringify(content);

const createApi = ({ runner, version }: SimulatedParts) => {
  const work = runner<AccountsQuery, AccountsState, MovementEvent | ReviewEvent>(
    accountsRepository,
  );
  return async (request: BankRequest, run: RunContext): Promise<Outcome<Json>> => {
    const once = { kind: 'command', key: request.id, fingerprint: fingerprintOf(request) } as const;
    const common = { ...run, once };
    if (request.kind === 'look') {
      return work.run({
        ...common,
        load: { accounts: request.accounts },
        decide: (state) => decideLook(state, request),
      });
    }
    return request.kind === 'deposit'
      ? work.run({
          ...common,
          load: { accounts: [request.to] },
          decide: (state) => decideDeposit(state, request, version),
        })
      : work.run({
          ...common,
          load: { accounts: [request.from, request.to] },
          decide: (state) => decideTransfer(state, request, version),
        });
  };
};

const transferOf = (random: SeededRandom, id: string): BankRequest => {
  const from = random.pick(accountIds);
  const to = random.pick(accountIds.filter((one) => one !== from));
  return { kind: 'transfer', id, from, to, amount: 1 + random.below(30) };
};

const lookOf = (random: SeededRandom, id: string): BankRequest => {
  const first = random.below(accountIds.length);
  const rotated = [...accountIds.slice(first), ...accountIds.slice(0, first)];
  return { kind: 'look', id, accounts: rotated.slice(0, lookedAt) };
};

const requestOf = (random: SeededRandom, id: string, to: string): BankRequest => {
  if (random.chance(0.15)) return { kind: 'deposit', id, to, amount: 20 + random.below(80) };
  return random.chance(0.15) ? lookOf(random, id) : transferOf(random, id);
};

const commandsOf = (random: SeededRandom, count: number): readonly SimulatedCommand[] => {
  const requests: BankRequest[] = [];
  for (let index = 0; index < count; index += 1) {
    const earlier = requests.length > 0 ? random.pick(requests) : undefined;
    const isWrong = random.below(wrongKeyOneIn) === 0;
    const id = isWrong && earlier ? earlier.id : random.uuid();
    const to = accountIds[index] ?? random.pick(accountIds);
    requests.push(
      index < accountIds.length
        ? { kind: 'deposit', id, to, amount: 20 + random.below(80) }
        : requestOf(random, id, to),
    );
  }
  return requests.map((request) => ({ key: request.id, request }));
};

/** A small bank with one consumer of each kind, a process manager and a schedule. */
export const scenario: Scenario = {
  declaration: bank,
  api: createApi,
  consumers: { statements, totals, audit, reviews },
  schedules: {
    interest: {
      everySeconds: interestSeconds,
      run: ({ runner, version }) => {
        const work = runner<AccountsQuery, AccountsState, MovementEvent | ReviewEvent>(
          accountsRepository,
        );
        return ({ scheduledTime }, run) => {
          const id = `interest ${scheduledTime}`;
          return work.run({
            ...run,
            load: { accounts: [interestAccount] },
            decide: (state) =>
              decideDeposit(
                state,
                { kind: 'deposit', id, to: interestAccount, amount: 1 },
                version,
              ),
          });
        };
      },
    },
  },
  commands: commandsOf,
  check: checkBank,
};
