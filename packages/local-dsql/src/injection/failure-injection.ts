import { createHash } from 'node:crypto';
import type { ServiceError } from '../protocol/protocol.ts';
import {
  catalogConflict,
  conflict,
  rateExceeded,
  tooManyConnections,
} from '../protocol/service-errors.ts';
import {
  type BatchAhead,
  type BatchEffects,
  type NetworkConditions,
  type ProtocolStep,
  protocolSteps,
} from './network-conditions.ts';
import type { DsqlNetwork } from './region-network.ts';

/**
 * Injected failures with the rate of each, from 0 to 1. The same seed gives the same failures to
 * the same traffic: the failures of a connection depend on the seed, on its number and on its
 * traffic.
 */
export type FailurePlan = {
  readonly seed: number;
  /** A COMMIT, or a write outside of a transaction, conflicts with another transaction: OC000. */
  readonly conflict: number;
  /** The same for transactions that write to one of these tables, named as in the statement. */
  readonly conflictOn: Readonly<Record<string, number>>;
  /** A statement meets a catalog that has changed since its transaction began: OC001. */
  readonly catalogConflict: number;
  /**
   * A COMMIT, or a write outside of a transaction, takes effect, and the connection ends before its
   * answer.
   */
  readonly lostCommit: number;
  /** A transaction whose BEGIN comes in one piece with other statements is refused. */
  readonly pipeline: number;
  /** The connection ends at a step of the protocol. */
  readonly close: Readonly<Partial<Record<ProtocolStep, number>>>;
  /**
   * A new connection is refused because the cluster wakes up, has too many connections, or gets
   * them too fast.
   */
  readonly wakingUp: number;
  readonly tooManyConnections: number;
  readonly rateExceeded: number;
};

/** A batch that is about to change rows for good. */
export type CommitAhead = {
  /** Tables that its transaction has written to, named as in the statements. */
  readonly writtenTables: ReadonlySet<string>;
};

/** Where a connection ends: before its batch runs, or when it has taken effect. */
export type CommitEnd = {
  readonly at: 'before' | 'after';
  /** Runs at that moment, such as the end of the Region. */
  readonly action: () => void;
};

/** The injected failures of one endpoint. They may be changed at any time. */
export interface FailureInjection {
  /** The rates that hold now. */
  readonly plan: () => FailurePlan;
  /** Changes the plan; a new seed also forgets how many connections there were. */
  readonly set: (change: Partial<FailurePlan>) => void;
  /**
   * Asks for each COMMIT, or write outside of a transaction, whether its connection ends there;
   * nothing asks any more without an argument.
   */
  readonly watchCommits: (end?: (commit: CommitAhead) => CommitEnd | undefined) => void;
  /** Ends all injected failures. */
  readonly clear: () => void;
  /** The conditions of the next connection. */
  readonly connection: (network: DsqlNetwork) => ConnectionConditions;
}

/** The conditions of one connection, injected failures among them. */
export interface ConnectionConditions extends NetworkConditions {
  /** The error that refuses the connection after its startup packet. */
  readonly refusal: () => ServiceError | undefined;
}

const noFailures: FailurePlan = {
  seed: 0,
  conflict: 0,
  conflictOn: {},
  catalogConflict: 0,
  lostCommit: 0,
  pipeline: 0,
  close: {},
  wakingUp: 0,
  tooManyConnections: 0,
  rateExceeded: 0,
};

const wakingUp: ServiceError = {
  code: '57P03',
  message: 'unable to accept connection, waking up cluster, please retry later',
};

/** A number from 0 to 1 that depends on the arguments only. */
const fraction = (...parts: readonly (string | number)[]): number =>
  createHash('md5').update(parts.join(' ')).digest().readUInt32BE() / 2 ** 32;

/** Draws for one connection. The draw depends on how often the same question was asked before. */
const createDraw = (seed: number, connection: number) => {
  const asked = new Map<string, number>();
  return (question: string, rate = 0): boolean => {
    if (rate <= 0) return false;
    const times = (asked.get(question) ?? 0) + 1;
    asked.set(question, times);
    return fraction(seed, connection, question, times) < rate;
  };
};

/** Whether a batch will commit changes, as far as its statements tell. */
const commitsWrites = ({ statements, status, hasWritten }: BatchAhead): boolean => {
  const kinds = statements().map(({ kind }) => kind);
  const writes = kinds.includes('write') || kinds.includes('ddl');
  return kinds.includes('commit')
    ? hasWritten || writes
    : status === 'I' && writes && !kinds.includes('begin');
};

/** Nobody has seen a cluster refuse it: the words are those of other features that DSQL lacks. */
const pipelineRefused: ServiceError = {
  code: '0A000',
  message: 'transactions in one piece are not supported',
};

/** Whether a batch begins a transaction and goes on with it. */
const isPipeline = ({ statements }: BatchAhead): boolean => {
  const kinds = statements().map(({ kind }) => kind);
  return kinds.length > 1 && kinds[0] === 'begin';
};

/** The Region has failed before the batch ran. */
const shutDown: ServiceError = {
  code: '57P01',
  message: 'terminating connection due to administrator command',
};

type WatchCommit = (commit: CommitAhead) => CommitEnd | undefined;

const createConnection = (
  plan: () => FailurePlan,
  watch: () => WatchCommit | undefined,
  connection: number,
  network: DsqlNetwork,
): ConnectionConditions => {
  const draws = createDraw(plan().seed, connection);
  const writtenTables = new Set<string>();

  const noteTables = ({ statements, status }: BatchAhead): void => {
    if (status === 'I') writtenTables.clear();
    for (const { writtenTables: tables = [] } of statements()) {
      for (const table of tables) writtenTables.add(table);
    }
  };

  const commitError = (): ServiceError | undefined => {
    const { conflict: rate, conflictOn } = plan();
    const onTable = Object.entries(conflictOn).some(
      ([table, tableRate]) => writtenTables.has(table) && draws(`conflict on ${table}`, tableRate),
    );
    return onTable || draws('conflict', rate) ? conflict : undefined;
  };

  const effectsOn = (ahead: BatchAhead): BatchEffects | undefined => {
    const { conflict: rate, conflictOn, catalogConflict: catalogRate, lostCommit, close } = plan();
    const { pipeline } = plan();
    const { commitMs } = network.delays();
    const end = watch();
    const isPlain =
      end === undefined &&
      rate + catalogRate + lostCommit + commitMs + pipeline + (close.answer ?? 0) === 0 &&
      Object.keys(conflictOn).length === 0;
    if (isPlain) return undefined;
    noteTables(ahead);
    if (isPipeline(ahead) && draws('pipeline', pipeline)) {
      return { error: pipelineRefused, commitMs: 0, losesAnswer: false };
    }
    const commits = commitsWrites(ahead);
    const ended = commits ? end?.({ writtenTables }) : undefined;
    if (ended?.at === 'before') {
      ended.action();
      return { error: shutDown, commitMs: 0, losesAnswer: false };
    }
    if (ended) return { commitMs: 0, losesAnswer: true, onLost: ended.action };
    const error = draws('catalog', catalogRate)
      ? catalogConflict
      : commits
        ? commitError()
        : undefined;
    if (error) return { error, commitMs: 0, losesAnswer: false };
    const losesAnswer = draws('answer', close.answer) || (commits && draws('commit', lostCommit));
    return { commitMs: commits ? commitMs : 0, losesAnswer };
  };

  return {
    isolation: network.isolation,
    effectsOn,
    roundTripMs: () => network.delays().roundTripMs,
    endsAt: (step) => draws(`at ${step}`, plan().close[step]),
    refusal: () => {
      const { wakingUp: waking, tooManyConnections: tooMany, rateExceeded: tooFast } = plan();
      if (draws('waking', waking)) return wakingUp;
      if (draws('too many', tooMany)) return tooManyConnections;
      return draws('too fast', tooFast) ? rateExceeded : undefined;
    },
  };
};

export const createFailureInjection = (initial: Partial<FailurePlan> = {}): FailureInjection => {
  let plan: FailurePlan = { ...noFailures, ...initial };
  let connections = 0;
  let watched: WatchCommit | undefined;
  return {
    plan: () => plan,
    watchCommits: (end) => {
      watched = end;
    },
    set: (change) => {
      if (change.seed !== undefined) connections = 0;
      plan = { ...plan, ...change };
    },
    clear: () => {
      plan = { ...noFailures, seed: plan.seed };
      watched = undefined;
    },
    connection: (network) => {
      connections += 1;
      return createConnection(
        () => plan,
        () => watched,
        connections,
        network,
      );
    },
  };
};

const rates: Readonly<Record<string, keyof FailurePlan>> = {
  oc000: 'conflict',
  oc001: 'catalogConflict',
  'lost-commit': 'lostCommit',
  pipeline: 'pipeline',
  'waking-up': 'wakingUp',
  '53300': 'tooManyConnections',
  '53400': 'rateExceeded',
};

const isStep = (name: string): name is ProtocolStep =>
  (protocolSteps as readonly string[]).includes(name);

/**
 * Reads a plan as it is written on a command line:
 * `seed=7,oc000=0.1,oc000:account=1,oc001=0.01,lost-commit=0.05,pipeline=1,close:execute=0.01`, or
 * `waking-up=0.2,53300=0.1,53400=0.1`.
 *
 * @throws {Error} with one line that names the wrong part.
 */
export const parseFailurePlan = (text: string): FailurePlan => {
  let plan = noFailures;
  for (const part of text.split(',')) {
    const [, name = '', detail = '', digits = ''] =
      /^([\w-]+)(?::([\w.]+))?=([\d.]+)$/.exec(part.trim()) ?? [];
    const value = Number(digits);
    const rate = rates[name];
    const wrong = (): Error =>
      new Error(
        `failure "${part}": give seed=N, or one of ${Object.keys(rates).join(', ')}, oc000:TABLE, close:STEP with a rate from 0 to 1 (steps: ${protocolSteps.join(', ')})`,
      );
    if (digits === '' || Number.isNaN(value) || (name !== 'seed' && value > 1)) throw wrong();
    if (name === 'seed') plan = { ...plan, seed: value };
    else if (name === 'oc000' && detail !== '') {
      plan = { ...plan, conflictOn: { ...plan.conflictOn, [detail]: value } };
    } else if (name === 'close' && isStep(detail)) {
      plan = { ...plan, close: { ...plan.close, [detail]: value } };
    } else if (rate !== undefined && detail === '') plan = { ...plan, [rate]: value };
    else throw wrong();
  }
  return plan;
};
