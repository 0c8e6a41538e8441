import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { deadLetters } from '../../../../bench/ledger/events/effects.ts';
import { seededFailures } from '../../../../packages/cli/src/local/eventbridge/index.ts';
import type { Answer } from '../../../../src/testing/simulation/oracles/history.ts';
import { type Operator, operatorOf } from '../operator.ts';
import { type LedgerStack, startLedger } from '../stack.ts';
import { sendCommands } from './clients.ts';
import { judgeStack, recordBus } from './recording.ts';

const seed = 11;

/**
 * How long nothing may change before something is stuck: a relay's lease of a minute, and a backoff
 * of two after many failures. Milliseconds.
 */
const stillMsMax = 300_000;

const pollMs = 1_000;

/** The end of a test that never rests although something changes. Milliseconds. */
const hangMs = 1_500_000;

const commandCount = 200;

/** Each Region's minute is two seconds, so a delivery is late by one second at most. */
const delayMsMax = 30_000;

let ledger: LedgerStack;
let operator: Operator;
let isStriking = false;
const kills = { before: 0, after: 0 };
const answers: Answer[] = [];
const { bus, observer } = recordBus();

const seeded = seededFailures({
  ...{ seed, duplicateShare: 0.3, delayMsMax, refusedEntryShare: 0.05 },
  ...{ crashBeforePublishShare: 0.05, crashAfterPublishShare: 0.05 },
});

beforeAll(async () => {
  ledger = await startLedger(
    {
      eventObserver: observer,
      failures: {
        copies: () => (isStriking ? seeded.copies() : [0]),
        refusesEntry: () => isStriking && seeded.refusesEntry?.() === true,
        crash: (process) => {
          // The lease of a dead relay would take a minute.
          if (!isStriking || !process.functionName.endsWith('-api')) return undefined;
          const at = seeded.crash?.(process);
          if (at) kills[at] += 1;
          return at;
        },
      },
    },
    undefined,
    undefined,
    { graceMs: 2_000, takeoverAgeMs: 4_000 },
  );
  operator = operatorOf(ledger);
}, hangMs);

afterAll(async () => {
  operator?.stop();
  await ledger?.stop();
});

const strike = (isOn: boolean): void => {
  isStriking = isOn;
  const plan = { seed, conflict: 0.05, catalogConflict: 0.01, lostCommit: 0.05 };
  for (const { dsql } of ledger.stack.regions) {
    if (isOn) dsql?.failures.set(plan);
    else dsql?.failures.clear();
  }
};

const judged = () =>
  judgeStack(operator, {
    ...{ bus, answers, deadLetterCount: deadLetters(ledger).events },
    regions: [ledger.primary.region, ledger.secondary.region],
  });

/** The work that is left: how much, and a line for each part that is known. */
type Left = { readonly count: number; readonly lines: readonly string[] };

/**
 * Looks again until nothing is left, as long as something changes: a busy machine is slow.
 *
 * @throws {Error} that says what is left when nothing has changed for too long
 */
const untilNothingIsLeft = async (look: () => Promise<Left>): Promise<void> => {
  let last = '';
  let changedAt = performance.now();
  for (;;) {
    const { count, lines } = await look();
    if (count === 0) return;
    const state = `${count} of ${bus.acceptances.length} publications`;
    if (state !== last) changedAt = performance.now();
    last = state;
    if (performance.now() - changedAt > stillMsMax) {
      throw new Error(['Nothing changes, and work is left', state, ...lines].join('\n'));
    }
    await delay(pollMs);
  }
};

/** Waits until every event is published, and delivered or given up. */
const delivery = (): Promise<void> =>
  untilNothingIsLeft(async () => {
    const { status } = await operator.json('outbox list --state pending --max 1');
    await ledger.stack.idle();
    return { count: status.pending.count + status.dead.count, lines: [] };
  });

/**
 * Redrives what was given up: a busy machine is too slow for a function's time limit, and AWS's
 * waits are short here.
 */
const rest = async (): Promise<void> => {
  await delivery();
  await untilNothingIsLeft(async () => {
    const lines: string[] = [];
    if (deadLetters(ledger).events === 0) return { count: 0, lines };
    for (const { region } of ledger.stack.regions) {
      const redriven = await operator.run(`dlq redrive --region ${region} --yes`);
      lines.push(...redriven.lines, ...redriven.errors);
    }
    await ledger.stack.idle();
    return { count: deadLetters(ledger).events, lines };
  });
};

describe('the oracles of the simulation', () => {
  it('find nothing in the local stack under faults', { timeout: hangMs }, async () => {
    const { secondary } = ledger;
    strike(true);
    const changes: Promise<unknown>[] = [];
    const sent = await sendCommands(ledger, seed, commandCount, (answered) => {
      if (answered === commandCount / 2) changes.push(secondary.stop());
      if (answered === commandCount * 0.75) {
        changes.push(Promise.all(changes).then(() => secondary.start()));
      }
    });
    answers.push(...sent);
    await Promise.all(changes);
    strike(false);
    await rest();
    expect(await judged()).toEqual([]);
    // The faults have happened, and the clients have met them.
    expect(Math.min(kills.before, kills.after)).toBeGreaterThan(0);
    const statuses = new Set(answers.map(({ status }) => status));
    expect([...statuses].toSorted()).toEqual(['committed', 'refused', 'replayed']);
  });

  it('find an inbox that forgets what was handled', { timeout: hangMs }, async () => {
    let isForgetting = true;
    const forget = async (): Promise<void> => {
      while (isForgetting) await operator.ask('DELETE FROM ledger.inbox');
    };
    const forgetting = forget();
    try {
      strike(true);
      answers.push(...(await sendCommands(ledger, seed + 1, commandCount / 4)));
      strike(false);
      // An event that is handled again may end in the dead letters for ever: its row is there.
      await delivery();
    } finally {
      isForgetting = false;
      await forgetting;
    }
    const found = (await judged()).map(({ oracle }) => oracle);
    expect(found).toContain('totals equal transactions');
  });
});
