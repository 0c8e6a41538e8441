import { type FaultAction, type FaultPlan, type StepClass, stepsOf } from './fault-proxy-plan.ts';
import type { Step } from './fault-proxy-steps.ts';

/** One way in which the network between a command and its database fails. */
export type NetworkFault = {
  /** `reset, answer to commit`. */
  readonly name: string;
  readonly plan: FaultPlan;
  /**
   * Milliseconds that one call has, on a machine that does nothing else; its caller sends it again
   * afterwards.
   */
  readonly callMsMax: number;
  /** Transfers after which a client opens new connections; absent: when the old ones are lost. */
  readonly transfersPerConnection?: number;
};

/** Long enough that only faults take longer. */
const callMsMaxDefault = 3_000;

/**
 * For faults that nobody notices before the call's time is up. A call takes 10 to 100 ms under
 * load.
 */
const callMsMaxShort = 700;

/** The same where a call opens a connection, which takes up to 100 ms then. */
const callMsMaxConnecting = 1_500;

/**
 * How many messages of a class one attempt sends, or one connection for `connect`, and how many
 * answer them.
 */
const messagesOf: Readonly<Record<StepClass, Readonly<Record<Step['from'], number>>>> = {
  connect: { client: 3, server: 15 },
  begin: { client: 12, server: 14 },
  write: { client: 25, server: 25 },
  commit: { client: 5, server: 5 },
};

/**
 * Faults per attempt. A new connection costs as much as ten attempts, so more of them would leave
 * less time for transfers.
 */
const faultsPerAttempt = 0.06;

/** Connections are opened more rarely than attempts are made. */
const faultsPerConnection = 0.4;
const transfersPerConnection = 20;

const classes: readonly StepClass[] = ['connect', 'begin', 'write', 'commit'];

const kind = (
  action: FaultAction,
  from: Step['from'],
  stepClass: StepClass,
  options: {
    readonly name?: string;
    readonly isSlow?: boolean;
    readonly heldMs?: FaultPlan['heldMs'];
  } = {},
): NetworkFault => {
  const { name = action, isSlow = false, heldMs } = options;
  const isConnect = stepClass === 'connect';
  const slowCallMsMax = isConnect ? callMsMaxConnecting : callMsMaxShort;
  const share = isConnect ? faultsPerConnection : faultsPerAttempt;
  const direction = from === 'client' ? 'request' : 'answer';
  return {
    name: `${name}, ${direction} of ${stepClass}`,
    plan: {
      action,
      at: stepsOf(stepClass, from),
      rate: share / messagesOf[stepClass][from],
      ...(heldMs === undefined ? {} : { heldMs }),
    },
    callMsMax: isSlow ? slowCallMsMax : callMsMaxDefault,
    // Connections last while their flights are left alone.
    ...(isConnect ? { transfersPerConnection } : {}),
  };
};

const everywhere = (action: FaultAction, isSlow: boolean): readonly NetworkFault[] =>
  classes.flatMap((stepClass) =>
    (['client', 'server'] as const).map((from) => kind(action, from, stepClass, { isSlow })),
  );

/**
 * Every action at every class of steps, in both directions: a fault in a request comes before the
 * endpoint has heard all of it, one in an answer after it was carried out. Besides these, requests
 * that take effect when their client has given up: at once (`late`), or when its time was up
 * (`overdue`).
 */
export const faultKinds: readonly NetworkFault[] = [
  ...everywhere('cut', false),
  ...everywhere('reset', false),
  ...everywhere('delay', false),
  ...everywhere('black-hole', true),
  kind('silence', 'client', 'write', { isSlow: true }),
  kind('silence', 'server', 'commit', { isSlow: true }),
  kind('late', 'client', 'begin', { heldMs: [0, 400] }),
  kind('late', 'client', 'write', { heldMs: [0, 400] }),
  kind('late', 'client', 'commit', { heldMs: [0, 400] }),
  kind('delay', 'client', 'commit', { name: 'overdue', isSlow: true, heldMs: [300, 1_400] }),
  kind('delay', 'server', 'commit', { name: 'overdue', isSlow: true, heldMs: [300, 1_400] }),
];
