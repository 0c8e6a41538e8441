import { createMemoryDatabase, createMemoryOutbox } from '../../../src/adapters/memory/index.ts';
import { outboxModelCheck } from '../../contracts/outbox-model.ts';
import { modelGraceMinutes, modelReplayMinutes } from '../../contracts/outbox-model-steps.ts';
import { manualClock } from '../../support/environment.ts';

outboxModelCheck('the outbox in memory', 200, async () => {
  const clock = manualClock(Date.now());
  const database = createMemoryDatabase();
  const outbox = createMemoryOutbox(database, {
    clock,
    graceMs: modelGraceMinutes * 60_000,
    replayWindowMs: modelReplayMinutes * 60_000,
  });
  return {
    outbox,
    now: clock.now,
    advance: async (ms) => clock.advance(ms),
    insert: async (events) => {
      const transaction = database.begin();
      outbox.insert(transaction, events);
      transaction.commit();
    },
  };
});
