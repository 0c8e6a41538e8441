import { loginStatement, type Step } from './fault-proxy-steps.ts';
import { seeded } from './workloads.ts';

/**
 * The faults of a message.
 *
 * | action | to the message | to the connection |
 * |---|---|---|
 * | `cut` | a part of it, which is never the whole, arrives | ended in order (FIN) on both sides |
 * | `reset` | the same | ended at once (RST) on both sides |
 * | `delay` | arrives later, and what follows it behind it | goes on, unless its client gives up meanwhile |
 * | `black-hole` | never arrives, nor what follows it | stays open, silent in this direction |
 * | `silence` | the same | stays open, silent in both directions |
 * | `late` | arrives later, with the rest of its flight | reset towards the client as soon as the flight is whole |
 */
export type FaultAction = 'cut' | 'reset' | 'delay' | 'black-hole' | 'silence' | 'late';

/** Which messages something happens to, and what. */
export type FaultPlan = {
  readonly action: FaultAction;
  readonly at: (step: Step) => boolean;
  /** How often, of the messages that `at` names; from 0 to 1. */
  readonly rate: number;
  /** How long `delay` and `late` hold a message, at least and at most. Milliseconds. */
  readonly heldMs?: readonly [least: number, most: number];
  /** Faults after which there are no more; absent: no end. */
  readonly faultsMax?: number;
};

export type Strike = {
  readonly action: FaultAction;
  readonly heldMs: number;
  /** How much of the message arrives before a cut; less than 1. */
  readonly part: number;
};

/** Whether something happens to a message of one connection. */
export type Judge = (step: Step) => Strike | undefined;

/** Long enough to be overtaken by others. */
const heldMsDefault = [0, 20] as const;

/** Neighbouring connections, and the same one under neighbouring seeds, must not draw alike. */
const mixed = (seed: number, connection: number): number =>
  Math.imul(seed + 1, 0x9e3779b1) ^ Math.imul(connection + 1, 0x85ebca6b);

/**
 * Decides for one connection. Depends on the seed, on the connection's number and on the messages
 * before that the plan names, and on nothing else.
 */
export const createJudge = (plan: FaultPlan, seed: number, connection: number): Judge => {
  const random = seeded(mixed(seed, connection));
  const { action, rate, heldMs: [least, most] = heldMsDefault } = plan;
  return (step) => {
    if (!plan.at(step)) return undefined;
    // Always as many, so that one decision does not shift those that follow.
    const [chance, held, part] = [random(), random(), random()];
    return chance < rate
      ? { action, heldMs: Math.ceil(least + held * (most - least)), part }
      : undefined;
  };
};

/** Parts of a unit of work that faults can be aimed at. */
const stepClasses = {
  /** Opening a connection: TCP, startup, authentication, up to the first ReadyForQuery. */
  connect: [loginStatement],
  /** BEGIN and the reads that travel with it. */
  begin: ['BEGIN', 'SELECT'],
  /** The writes, and the COMMIT that travels with them. */
  write: ['INSERT', 'UPDATE', 'COMMIT'],
  /** COMMIT itself, with the Sync and ReadyForQuery that end its flight. */
  commit: ['COMMIT'],
} as const;

export type StepClass = keyof typeof stepClasses;

/** The messages of a class in one direction. */
export const stepsOf =
  (stepClass: StepClass, from: Step['from']): FaultPlan['at'] =>
  (step) =>
    step.from === from && (stepClasses[stepClass] as readonly string[]).includes(step.statement);
