import { outboxClaims } from './outbox-claims.ts';
import { outboxPurges } from './outbox-purges.ts';
import { outboxScheduled } from './outbox-scheduled.ts';
import { outboxSettlements } from './outbox-settlements.ts';
import { outboxSizes } from './outbox-sizes.ts';
import { outboxStatus } from './outbox-status.ts';
import type { OutboxSubject } from './outbox-subject.ts';
import { collectCases, type Suite } from './suite.ts';

/** The suite of each outbox. Each test starts with an empty one. */
export const outboxContract = (createSubject: () => Promise<OutboxSubject>): Suite =>
  collectCases((cases) => {
    let subject: OutboxSubject;
    cases.beforeEach(async () => {
      subject = await createSubject();
    });
    const groups = [
      outboxClaims,
      outboxScheduled,
      outboxSettlements,
      outboxPurges,
      outboxStatus,
      outboxSizes,
    ];
    for (const register of groups) {
      register(() => subject, cases);
    }
  });
