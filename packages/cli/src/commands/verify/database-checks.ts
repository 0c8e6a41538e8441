import type { StatementTrial, VerifiedOutbox } from 'antipode/internal/domain';
import { shownAge } from '../service/tables.ts';
import { type Check, CheckFailed, type CheckResult } from './check.ts';
import type { Half } from './half.ts';
import { at, deployAgain, deployAll, migrateUp, readLogs } from './remedies.ts';

/** The relay of a half, which most trials are asked of. @throws {CheckFailed} without one. */
export const relayOf = ({ view, relay }: Half): string => {
  if (relay) return relay.name;
  throw new CheckFailed(`${view.stack} has no relay`, deployAgain(view));
};

const remedyOfTrial = (half: Half, { reason = '', setting }: StatementTrial): string => {
  if (setting !== undefined) return deployAll(half.view, setting);
  const { view, endpoint, role } = half;
  if (/permission denied|does not exist/i.test(reason)) {
    return migrateUp(view, endpoint, role === undefined ? {} : { role });
  }
  return readLogs(view, relayOf(half));
};

const resultOf = (half: Half, trial: StatementTrial): CheckResult => {
  const { name, ms, reason } = trial;
  const common = { region: half.view.region, name: `statements: ${name}`, ms };
  return reason === undefined
    ? { ...common, ok: true, detail: 'taken' }
    : { ...common, ok: false, detail: reason, remedy: remedyOfTrial(half, trial) };
};

/**
 * Has the relay try each kind of statement on its cluster.
 *
 * @returns a result for each
 * @throws {Error} of the relay, where it does not answer
 */
export const tryStatements = async (half: Half): Promise<readonly CheckResult[]> => {
  const trials = await half.view.ask(relayOf(half), { name: 'statements' });
  return (trials as readonly StatementTrial[]).map((trial) => resultOf(half, trial));
};

/** Age of an event that waits from which a relay is too slow. Milliseconds. */
const outboxAgeMsMax = 10 * 60_000;

const checkOutbox = async (half: Half): Promise<string> => {
  const { view } = half;
  const outbox = (await view.ask(relayOf(half), { name: 'outbox' })) as VerifiedOutbox;
  const { dead, pending, oldestAgeMs } = outbox;
  if (dead.count > 0) {
    throw new CheckFailed(
      `${dead.count} events are dead`,
      `antipode outbox list --state dead ${at(view)}`,
    );
  }
  if (oldestAgeMs > outboxAgeMsMax) {
    throw new CheckFailed(
      `an event waits for ${shownAge(oldestAgeMs)}`,
      `antipode outbox list --state pending ${at(view)}`,
    );
  }
  return `${pending.count} wait, none is dead`;
};

/** The outbox, which both Regions share: one of them is asked. */
export const outboxChecks = ([half]: readonly Half[]): readonly Check[] =>
  half ? [{ region: half.view.region, name: 'outbox', run: () => checkOutbox(half) }] : [];
