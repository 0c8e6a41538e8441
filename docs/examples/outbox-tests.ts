import { test } from 'node:test';
import { createMemoryDatabase, createMemoryOutbox } from 'antipode/memory';
import { type OutboxSubject, outboxContract, outboxWindows, testClock } from 'antipode/testing';

/** An empty outbox for each case. Your adapter takes the place of the one in memory. */
const createSubject = async (): Promise<OutboxSubject> => {
  const clock = testClock(Date.now());
  const database = createMemoryDatabase();
  const outbox = createMemoryOutbox(database, { clock, ...outboxWindows });
  return {
    outbox,
    contenders: [outbox, outbox],
    now: clock.now,
    advance: async (ms) => clock.advance(ms),
    insert: async (events, scheduled) => {
      const transaction = database.begin();
      outbox.insert(transaction, events, scheduled);
      transaction.commit();
    },
  };
};

for (const { name, run } of outboxContract(createSubject)) void test(name, run);
