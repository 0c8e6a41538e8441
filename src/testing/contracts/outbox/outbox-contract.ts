import { type Suite, suiteOf } from '../suite.ts';
import { outboxClaims } from './outbox-claims.ts';
import { outboxPurges } from './outbox-purges.ts';
import { outboxScheduled } from './outbox-scheduled.ts';
import { outboxSettlements } from './outbox-settlements.ts';
import { outboxSizes } from './outbox-sizes.ts';
import { outboxStatus } from './outbox-status.ts';
import type { OutboxSubject } from './outbox-subject.ts';

/**
 * Checks an outbox: which rows it gives out and to whom, how they are settled and redriven, which
 * it deletes, and the numbers that alarms go by.
 *
 * A case may write 500 rows: give it half a minute on a database.
 *
 * @param createSubject makes an empty outbox
 * @example
 * for (const { name, run } of outboxContract(createSubject)) it(name, run, 30_000);
 */
export const outboxContract = (createSubject: () => Promise<OutboxSubject>): Suite =>
  suiteOf(createSubject, {
    ...outboxClaims,
    ...outboxScheduled,
    ...outboxSettlements,
    ...outboxPurges,
    ...outboxStatus,
    ...outboxSizes,
  });
