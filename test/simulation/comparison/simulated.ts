import {
  createMemoryDatabase,
  createMemoryMetrics,
  createMemoryOutbox,
  createMemoryUnitOfWork,
  type MemoryDatabase,
} from '../../../src/adapters/memory/index.ts';
import {
  type Clock,
  Conflict,
  createRetrier,
  type EventEnvelope,
  OutcomeUnknown,
  Unavailable,
} from '../../../src/domain/kernel/index.ts';
import { createCluster } from '../../../src/testing/simulation/cloud/database-link.ts';
import { createRegions } from '../../../src/testing/simulation/cloud/regions.ts';
import type { FaultName, Faults } from '../../../src/testing/simulation/machine/faults.ts';
import { type Machine, startProcess } from '../../../src/testing/simulation/machine/process.ts';
import {
  type Scheduler,
  startAt,
  type Turn,
} from '../../../src/testing/simulation/machine/scheduler.ts';
import { seededRandom } from '../../../src/testing/simulation/machine/seeded-random.ts';
import { createStory } from '../../../src/testing/simulation/machine/story.ts';
import { allowingRemovedAgain, choosingViolations, followAnswers } from './choices.ts';
import type { Gate } from './client.ts';
import type { ComparedDatabase, Played } from './play.ts';
import type { RequestFault } from './schedule.ts';

const regionNames = ['us-east-1', 'us-west-2'] as const;

const faultNamesOf: Readonly<Record<RequestFault, FaultName>> = {
  'request lost': 'database request lost',
  'answer lost': 'database answer lost',
  'request late': 'database request late',
};

/** Longer than a transaction may last. */
const ageMs = 301_000;

/** The faults that a schedule names, each for one request. */
const scriptedFaults = () => {
  const next = new Set<FaultName>();
  const faults: Faults = {
    happens: (name) => next.delete(name),
    has: () => false,
    count: () => undefined,
    stop: () => undefined,
    counts: new Map(),
    kinds: [],
  };
  return {
    faults,
    script: (fault: RequestFault | undefined): void => {
      for (const name of Object.values(faultNamesOf)) next.delete(name);
      if (fault) next.add(faultNamesOf[fault]);
    },
    /** The next COMMIT is refused, as the model may do at any time. */
    refuseCommit: (): void => {
      next.add('commit conflict');
    },
  };
};

/** Turns that run as soon as they are asked for; those of late requests wait to be landed. */
const steppedScheduler = (isLate: () => boolean) => {
  let now = startAt;
  let turns: Turn[] = [];
  const late: Turn[] = [];
  const unused = (): never => {
    throw new Error('The database needs no such turn');
  };
  const scheduler: Scheduler = {
    now: () => now,
    after: (_, owner, label, run) => {
      const turn = { at: now, owner, label, run };
      // The sender's own turn tells that it waits no longer.
      if (owner === undefined && isLate()) late.push(turn);
      else turns.push(turn);
    },
    ...{ unless: unused, resume: unused, play: unused, fail: unused },
    // Each turn here waits for the promise callbacks of the one before.
    wakes: () => undefined,
    turns: () => 0,
    hash: () => 0,
  };
  const runAll = async (isAtRest: () => boolean): Promise<void> => {
    for (let idle = 0; idle < 2; ) {
      await new Promise((resolve) => setImmediate(resolve));
      const [turn, ...rest] = turns;
      turns = rest;
      turn?.run();
      idle = turn === undefined && isAtRest() ? idle + 1 : 0;
    }
  };
  return {
    scheduler,
    runAll,
    land: (): void => void late.shift()?.run(),
    pass: (ms: number): void => {
      now += ms;
    },
  };
};

const answerOf = (error: unknown): string => {
  if (error instanceof Conflict) return error.over === 'schema' ? 'OC001' : 'OC000';
  if (error instanceof OutcomeUnknown || error instanceof Unavailable) {
    return /age limit/.test(error.message) ? 'too old' : 'nothing';
  }
  return 'taken';
};

/** The requests of one process wait at the gate. */
const gated = (
  link: MemoryDatabase,
  gate: Gate,
  script: (fault: RequestFault | undefined, request: string) => void,
  note: (answer: string) => void,
): MemoryDatabase => {
  const request = async <Result>(name: string, send: () => Promise<Result>): Promise<Result> => {
    script(await gate(name), name);
    try {
      const result = await send();
      note('well');
      return result;
    } catch (error) {
      note(answerOf(error));
      throw error;
    }
  };
  return {
    begin: link.begin,
    open: (read) => request('BEGIN', () => link.open(read)),
    commit: (transaction) => request('COMMIT', () => link.commit(transaction)),
    transact: (work) => request('WORK', () => link.transact(work)),
  };
};

export type SimulatedOptions = {
  /** The answers of the local DSQL, for the choices that the model has. */
  readonly answers?: Played['answers'];
  readonly landings?: Played['landings'];
  /** Whether the model never follows the local DSQL where that is known to differ. */
  readonly isStrict?: boolean;
  /** Changes the rows, to see that the comparison finds it; so does `hasCatalog`. */
  readonly change?: (database: MemoryDatabase) => MemoryDatabase;
  readonly hasCatalog?: boolean;
};

/** The simulation's own cluster, which a schedule drives. */
export const simulatedDatabase = ({
  answers = [],
  landings = [],
  isStrict = false,
  change = (database) => database,
  hasCatalog = true,
}: SimulatedOptions = {}): ComparedDatabase => {
  let isLate = false;
  const { scheduler, runAll, land, pass } = steppedScheduler(() => isLate);
  const { faults, script, refuseCommit } = scriptedFaults();
  let processes = 0;
  const machine: Machine = {
    ...{ seed: 0, scheduler, faults, random: seededRandom(0, 'cloud') },
    story: createStory(false, scheduler.now),
    nextNumber: () => {
      processes += 1;
      return processes;
    },
  };
  const regions = createRegions(machine, regionNames);
  const following = followAnswers({ answers, landings });
  const changed = change(createMemoryDatabase());
  const rows = isStrict ? changed : allowingRemovedAgain(changed, following.known);
  const cluster = createCluster(machine, regions, rows);
  const clock: Clock = { now: scheduler.now, sleep: async () => undefined };
  const outbox = createMemoryOutbox(rows, { clock, graceMs: 0, replayWindowMs: 0 });
  const deps = { clock, random: { next: () => 0 }, metrics: createMemoryMetrics() };

  return {
    start: (client, gate, note) => {
      const process = startProcess(machine, regionNames[client % 2] ?? regionNames[0], 'client');
      const repository = choosingViolations(following.known, refuseCommit);
      const beforeRequest = (fault: RequestFault | undefined, request: string): void => {
        isLate = fault === 'request late';
        script(fault);
        following.send(client);
        if (request === 'COMMIT') repository.beforeCommit();
      };
      const answered = (answer: string): void => {
        following.answered(client);
        note(answer);
      };
      const unitOfWork = createMemoryUnitOfWork({
        database: gated(cluster.connect(process), gate, beforeRequest, answered),
        repository,
        outboxInsert: outbox.insert,
        retrier: createRetrier(deps),
      });
      return { unitOfWork, kill: async () => process.kill('the schedule says so') };
    },
    settle: async (client) => {
      let isAtRest = false;
      const rested = client.atRest().finally(() => {
        isAtRest = true;
      });
      await runAll(() => isAtRest);
      isLate = false;
      script(undefined);
      await rested;
    },
    land: async () => {
      following.land();
      land();
      await runAll(() => true);
      following.hasLanded();
      return undefined;
    },
    changeCatalog: async () => {
      if (hasCatalog) cluster.changeCatalog();
    },
    age: async () => pass(ageMs),
    now: scheduler.now,
    end: async () => undefined,
    rows: async (_, keys) => {
      const reading = rows.begin();
      const counters = reading.all<{ readonly name: string; readonly value: number }>('counters');
      const records = keys.map((key) =>
        reading.get<{ readonly response: string }>('idempotency', key),
      );
      const events = reading.all<{ readonly event: EventEnvelope }>('outbox');
      return {
        counters: counters.map(({ name, value }) => `${name}=${value}`).toSorted(),
        records: keys.map((key, at) => `${key}: ${records[at]?.response ?? 'none'}`),
        events: events.map(({ event }) => `${event.subject} ${event.aggregateversion}`).toSorted(),
      };
    },
  };
};
