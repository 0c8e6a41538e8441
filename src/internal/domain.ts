/**
 * Parts of the kernel that `antipode-cli` of the same version uses. No promise is made about them.
 */
export { asciiLowerCase } from '../domain/kernel/ascii-case.ts';
export { defined } from '../domain/kernel/defined.ts';
export { isEnvelope } from '../domain/kernel/events/envelope-check.ts';
export { nearestName } from '../domain/kernel/nearest-name.ts';
export { outboxShardCount } from '../domain/kernel/outbox/outbox.ts';
export { isRegionName } from '../domain/kernel/region-name.ts';
export { peeringProblem } from '../domain/kernel/region-sets.ts';
export {
  type HandledProbe,
  type PublishedProbes,
  type StatementTrial,
  type VerificationRequest,
  type VerifiedConnection,
  type VerifiedMigrations,
  type VerifiedOutbox,
  verificationFailureMember,
  verificationMember,
} from '../domain/kernel/verification.ts';
