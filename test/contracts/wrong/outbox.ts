import type { OutboxSubject } from '../../../src/testing/contracts/outbox/outbox-subject.ts';
import type { Wrong } from '../suite.ts';
import { wrongClaims, wrongLanes, wrongSchedules, wrongTakeovers } from './outbox-claims.ts';
import { wrongPurges } from './outbox-purges.ts';
import { wrongRedrives, wrongSettlements } from './outbox-settlements.ts';
import { wrongStatus } from './outbox-status.ts';

/** Outboxes with one fault each. */
export const wrongOutboxes: readonly Wrong<OutboxSubject>[] = [
  ...wrongClaims,
  ...wrongSchedules,
  ...wrongTakeovers,
  ...wrongLanes,
  ...wrongSettlements,
  ...wrongRedrives,
  ...wrongPurges,
  ...wrongStatus,
];
