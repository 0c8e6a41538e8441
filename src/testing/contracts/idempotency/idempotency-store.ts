import { type Suite, suiteOf } from '../suite.ts';
import { leaseChecks } from './store-leases.ts';
import { responseChecks } from './store-responses.ts';
import { type IdempotencyStoreSubject, trialOf } from './store-trial.ts';

/**
 * Checks a store of leases: one of all who ask gets a key, a lease ends, an owner that comes late
 * is fenced off, and a response is kept as it was written.
 *
 * @param createSubject a store whose clock the test moves; it need not be empty
 * @example
 * for (const { name, run } of idempotencyStoreContract(createSubject)) it(name, run);
 */
export const idempotencyStoreContract = (
  createSubject: () => Promise<IdempotencyStoreSubject>,
): Suite =>
  suiteOf(async () => trialOf(await createSubject()), { ...leaseChecks, ...responseChecks });
