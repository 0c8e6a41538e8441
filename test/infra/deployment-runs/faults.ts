import type { ControlPlaneFailurePlan } from '../../../packages/local-dsql/src/index.ts';
import type { Random } from './random.ts';

/** The failures of one command, such as a deployment. */
export type Faults = {
  /** Failures of DSQL's control plane, for the handlers. */
  readonly handler: Partial<ControlPlaneFailurePlan>;
  /** The same for CloudFormation's own requests. */
  readonly deployer: Partial<ControlPlaneFailurePlan>;
  /** Milliseconds until a new role may do what its policy says. */
  readonly iamMs: number;
  /** How often a function is killed in the middle of its work. */
  readonly kills: number;
  /** How often Lambda runs an invocation twice. */
  readonly twice: number;
  /** How often a connection to the database fails. */
  readonly databaseFailures: number;
  /** The database refuses a migration, until a person corrects it. */
  readonly refusedMigration: boolean;
  /** How often CloudFormation cannot make a resource of another service. */
  readonly resourceFailures: number;
  /** All of them pass within minutes, so that the command must succeed under them. */
  readonly mild: boolean;
  /** How often CloudFormation takes an answer, and its function does not hear of it. */
  readonly lostAnswers: number;
};

export const noFaults: Faults = {
  handler: {},
  deployer: {},
  iamMs: 0,
  kills: 0,
  twice: 0,
  databaseFailures: 0,
  refusedMigration: false,
  resourceFailures: 0,
  mild: true,
  lostAnswers: 0,
};

/** IAM spreads a policy within seconds, mostly; see aws-cdk#37675. */
const iamMsMax = 90_000;

const slowMsMax = 40_000;

/** Failures that hit every request, or every run of a function, while they last. */
const outages: readonly Partial<Faults>[] = [
  { handler: { denied: 1 } },
  { handler: { throttled: 1 } },
  { handler: { failed: 1 } },
  { handler: { lostAnswer: 1 } },
  { handler: { lostRequest: 1 } },
  { handler: { conflicting: 0.95 } },
  { kills: 1 },
  { databaseFailures: 1 },
  { refusedMigration: true },
  { iamMs: 3_600_000 },
];

/** A call meets one of the mild failures about every second time, at most. */
const mildRateMax = 0.12;

/** Each command has its own share of each failure; most lack most of them, and some get no rest. */
export const drawFaults = (random: Random): Faults => {
  const rate = (max: number): number => (random.happens(0.5) ? random.fraction() * max : 0);
  const plan = (max: number): Partial<ControlPlaneFailurePlan> => ({
    seed: random.whole(1, 1e9),
    throttled: rate(max),
    failed: rate(max),
    conflicting: rate(max),
    lostRequest: rate(max),
    lostAnswer: rate(max),
    slow: rate(max),
    slowMs: random.whole(1_000, slowMsMax),
  });
  const iamMs = random.happens(0.5) ? random.whole(0, iamMsMax) : 0;
  if (random.happens(0.5)) {
    const handler = { ...plan(mildRateMax), denied: rate(mildRateMax) };
    return { ...noFaults, handler, iamMs, twice: rate(0.3), lostAnswers: rate(0.3) };
  }
  const usual: Faults = {
    handler: { ...plan(0.5), denied: rate(0.5) },
    // A creation that ends in FAILED is rare, and one failure among some deployments here.
    deployer: { ...plan(0.2), failedCreation: random.happens(0.1) ? 0.3 : 0 },
    iamMs,
    kills: rate(0.6),
    twice: rate(0.3),
    databaseFailures: rate(0.3),
    refusedMigration: false,
    resourceFailures: random.happens(0.2) ? 0.1 : 0,
    mild: false,
    lostAnswers: rate(0.3),
  };
  if (!random.happens(0.5)) return usual;
  const outage = random.pick(outages);
  return { ...usual, ...outage, handler: { ...usual.handler, ...outage.handler } };
};
