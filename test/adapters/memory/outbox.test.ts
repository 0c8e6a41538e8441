import { expect, it } from 'vitest';
import { createMemoryDatabase, createMemoryOutbox } from '../../../src/adapters/memory/index.ts';
import { outboxContract } from '../../../src/testing/contracts/outbox/outbox-contract.ts';
import {
  anEventIn,
  type OutboxSubject,
  outboxWindows,
} from '../../../src/testing/contracts/outbox/outbox-subject.ts';
import { outboxModelCheck } from '../../contracts/outbox-model.ts';
import { describeSuite, refusesWrong } from '../../contracts/suite.ts';
import { wrongOutboxes } from '../../contracts/wrong/outbox.ts';
import { manualClock } from '../../support/runtime-ports.ts';

const createSubject = async (): Promise<OutboxSubject> => {
  const clock = manualClock(Date.now());
  const database = createMemoryDatabase();
  const outbox = createMemoryOutbox(database, { clock, ...outboxWindows });
  return {
    outbox,
    contenders: Array.from({ length: 8 }, () => outbox),
    now: clock.now,
    advance: async (ms) => clock.advance(ms),
    insert: async (events, scheduled) => {
      const transaction = database.begin();
      outbox.insert(transaction, events, scheduled);
      transaction.commit();
    },
  };
};

describeSuite('outbox: memory', outboxContract(createSubject));

refusesWrong('an outbox in memory must not do', wrongOutboxes, outboxContract, createSubject);

outboxModelCheck('the outbox in memory', 100, createSubject);

it('keeps a row for each event where a test can see it', () => {
  const database = createMemoryDatabase();
  const outbox = createMemoryOutbox(database, { clock: manualClock(), ...outboxWindows });
  const transaction = database.begin();
  const event = anEventIn();
  outbox.insert(transaction, [event]);
  transaction.commit();
  expect(database.begin().all('outbox')).toMatchObject([{ event }]);
});
