import type { EventBridgeObserver } from '../../../../packages/cli/src/local/eventbridge/index.ts';
import { accountOfRow, kindOfRow, transactionOfRow } from '../../../../src/adapters/ledger/rows.ts';
import { ledger } from '../../../../src/adapters/ledger/service.ts';
import type { AccountRow, TransactionRow } from '../../../../src/adapters/ledger/tables.ts';
import {
  type AnyService,
  type DomainEvent,
  deriveSafety,
  type EventEnvelope,
} from '../../../../src/domain/kernel/index.ts';
import { type Arrival, moneyOfDecimal, type Total } from '../../../../src/domain/ledger/index.ts';
import type { FinalRows, Violation } from '../../../../src/testing/simulation/index.ts';
import { type Answer, createHistory } from '../../../../src/testing/simulation/oracles/history.ts';
import { type Judged, judge } from '../../../../src/testing/simulation/oracles/oracles.ts';
import type { Acceptance } from '../../../../src/testing/simulation/oracles/publications.ts';
import { checkLedger } from '../../../simulation/ledger/check.ts';
import type { Operator } from '../operator.ts';

/** The buses of a real stack, as the oracles know those of the simulation. */
export interface RecordedBus {
  readonly observer: (region: string) => EventBridgeObserver;
  readonly bus: Judged['bus'];
}

/**
 * Notes each event that a bus accepts. The copies between the Regions are not counted: a copy that
 * is delivered twice looks like two copies.
 */
export const recordBus = (): RecordedBus => {
  const accepted = new Map<string, number>();
  const acceptances: Acceptance[] = [];
  return {
    bus: { accepted, acceptances, copies: new Map() },
    observer: (region) => ({
      arrived: ({ detail, source }, _, hop) => {
        if (hop || source !== ledger.source) return;
        const { id } = JSON.parse(detail) as { readonly id: string };
        const at = Date.now();
        if (!accepted.has(id)) accepted.set(id, at);
        // The sender is not known, so nothing is said about the causes of duplicates.
        const acceptance = { eventId: id, bus: region, at, publication: undefined };
        acceptances.push({ ...acceptance, isReplay: false, isAnswerLost: false });
      },
    }),
  };
};

/** The rows of the service, in the form that its check takes. */
const readRows = async ({ ask }: Operator): Promise<FinalRows> => {
  const accounts = await ask('SELECT * FROM ledger.accounts');
  const transactions = await ask('SELECT * FROM ledger.transactions ORDER BY recorded_at');
  const totals = await ask('SELECT * FROM ledger.totals');
  const arrivals = await ask('SELECT * FROM ledger.arrivals');
  const tables: Readonly<Record<string, readonly unknown[]>> = {
    accounts: accounts.map((row) => accountOfRow(row as AccountRow)),
    transactions: transactions.map((row) => transactionOfRow(row as TransactionRow)),
    totals: totals.map(
      (row): Total => ({
        region: String(row['region']),
        kind: kindOfRow({ kind: row['kind'] }),
        count: Number(row['count']),
        amount: moneyOfDecimal(String(row['amount']), String(row['currency'])),
      }),
    ),
    arrivals: arrivals.map(
      (row): Arrival => ({
        eventId: String(row['event_id']),
        eventType: String(row['event_type']),
        originRegion: String(row['origin_region']),
        arrivalRegion: String(row['arrival_region']),
        occurredAt: Number(row['occurred_at']),
        arrivedAt: Number(row['arrived_at']),
      }),
    ),
  };
  return <Row>(table: string) => (tables[table] ?? []) as readonly Row[];
};

const commandOf = (key: string) => ({ kind: 'command', key, fingerprint: '' }) as const;

/** Each command of the ledger decides on one event. */
const oneEvent = [{} as DomainEvent];

/** The effects and the events that the database has. */
const readHistory = async (operator: Operator, answers: readonly Answer[]) => {
  let at = 0;
  const history = createHistory(() => at);
  const done = await operator.ask('SELECT id, region FROM ledger.transactions');
  for (const row of done) {
    const once = commandOf(String(row['id']));
    history.addEffect({ once, decided: oneEvent }, String(row['region']));
  }
  for (const row of await operator.ask('SELECT envelope FROM ledger.outbox')) {
    const envelope = JSON.parse(String(row['envelope'])) as EventEnvelope;
    const { transaction_id } = Object(envelope.data);
    at = Date.parse(envelope.time);
    history.addEvents({ once: commandOf(String(transaction_id)), decided: [] }, [envelope]);
  }
  const handled = await operator.ask('SELECT event_id::text AS id, consumer FROM ledger.inbox');
  for (const row of handled) {
    const [eventId, consumer] = [String(row['id']), String(row['consumer'])];
    history.addEffect({ once: { kind: 'event', consumer, eventId }, decided: [] }, '');
  }
  for (const answer of answers) history.addAnswer(answer);
  return history;
};

/** Everything that the oracles of the simulation find in a real stack. */
export const judgeStack = async (
  operator: Operator,
  recorded: {
    readonly bus: Judged['bus'];
    readonly answers: readonly Answer[];
    readonly deadLetterCount: number;
    readonly regions: readonly [string, string];
  },
): Promise<readonly Violation[]> => {
  const { bus, answers, deadLetterCount, regions } = recorded;
  const rows = await readRows(operator);
  const history = await readHistory(operator, answers);
  const functionTimeoutSeconds = 15;
  const safety = deriveSafety({
    ...{ functionTimeoutSeconds, eventRetentionDays: 14, relayRateSeconds: 60 },
  });
  const judged: Judged = {
    ...{ history, bus, regions, faultCount: 1 },
    deadLetters: { all: [], count: () => deadLetterCount },
    service: ledger as unknown as AnyService,
    times: { ...safety, functionTimeoutMs: functionTimeoutSeconds * 1_000 },
  };
  return [...judge(judged), ...checkLedger(rows, history)];
};
