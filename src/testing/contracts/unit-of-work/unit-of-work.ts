import { type Suite, suiteOf } from '../suite.ts';
import { attemptChecks } from './attempts.ts';
import { decisionChecks } from './decisions.ts';
import { recordChecks } from './records.ts';
import { refusedDecisionChecks } from './refused-decisions.ts';
import { refusedWorkChecks } from './refused-work.ts';
import { repetitionChecks } from './repetitions.ts';
import type { UnitOfWorkSubject } from './unit-of-work-subject.ts';

/**
 * Checks a unit of work: state, events and the record of a command are committed together or not at
 * all, a conflict is decided anew on fresh reads, and work that is wrong leaves nothing behind.
 *
 * @param createSubject a unit of work on counters; its database need not be empty
 * @example
 * for (const { name, run } of unitOfWorkContract(createSubject)) it(name, run);
 */
export const unitOfWorkContract = (createSubject: () => Promise<UnitOfWorkSubject>): Suite =>
  suiteOf(createSubject, {
    ...decisionChecks,
    ...repetitionChecks,
    ...recordChecks,
    ...attemptChecks,
    ...refusedDecisionChecks,
    ...refusedWorkChecks,
  });
