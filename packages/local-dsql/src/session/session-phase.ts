/**
 * Where a session stands between its client and PostgreSQL.
 *
 * - `between`: no message of the next batch has been sent.
 * - `preparing`: the session runs queries of its own before the next batch.
 * - `forwarding`: messages of a batch go to PostgreSQL as they come.
 * - `interrupted`: the session runs queries of its own in the middle of a batch.
 * - `flushing`: PostgreSQL answers up to a Flush; the batch goes on.
 * - `splitting`: PostgreSQL answers the first part of a batch that was split at its COMMIT.
 * - `skipping`: the first part failed; the client's messages are dropped up to the end of the
 *   batch.
 * - `answering`: the whole batch has been sent; its answer is on the way or held back.
 * - `stopping`: nothing more is sent, but PostgreSQL may still run what was sent.
 * - `stopped`: nothing more is sent, and nothing runs.
 */
export type SessionPhase =
  | 'between'
  | 'preparing'
  | 'forwarding'
  | 'interrupted'
  | 'flushing'
  | 'splitting'
  | 'skipping'
  | 'answering'
  | 'stopping'
  | 'stopped';

/** An event that moves a session to another phase. */
export type SessionEvent =
  /** A message was sent that does not end its batch. */
  | 'messageSent'
  | 'flushSent'
  | 'flushAnswered'
  /** The message was sent that ends its batch, or was skipped. */
  | 'batchSent'
  /** The client has the answer to the whole batch. */
  | 'batchAnswered'
  /** The first part of a batch was sent. */
  | 'partSent'
  | 'partAnswered'
  | 'partFailed'
  | 'queriesStarted'
  | 'queriesEnded'
  /**
   * The client or PostgreSQL is gone, or the client has been told an error that ends its session.
   */
  | 'stopped';

type Transitions = Readonly<Partial<Record<SessionEvent, SessionPhase>>>;

/** From these phases the session may send anything. */
const sending: Transitions = {
  messageSent: 'forwarding',
  flushSent: 'flushing',
  batchSent: 'answering',
  partSent: 'splitting',
  // The Sync behind the data of a COPY passes by, so that its answer comes in any of them.
  batchAnswered: 'between',
  stopped: 'stopped',
};

const transitions: Readonly<Record<SessionPhase, Transitions>> = {
  between: { ...sending, queriesStarted: 'preparing' },
  forwarding: { ...sending, queriesStarted: 'interrupted' },
  preparing: { queriesEnded: 'between', stopped: 'stopping' },
  interrupted: { queriesEnded: 'forwarding', stopped: 'stopping' },
  flushing: { flushAnswered: 'forwarding', batchAnswered: 'between', stopped: 'stopping' },
  splitting: { partAnswered: 'between', partFailed: 'skipping', stopped: 'stopping' },
  skipping: { batchSent: 'answering', stopped: 'stopped' },
  answering: { batchAnswered: 'between', stopped: 'stopping' },
  stopping: {
    flushAnswered: 'stopped',
    batchAnswered: 'stopped',
    partAnswered: 'stopped',
    partFailed: 'stopped',
    queriesEnded: 'stopped',
    stopped: 'stopping',
  },
  stopped: {
    flushAnswered: 'stopped',
    batchAnswered: 'stopped',
    partAnswered: 'stopped',
    partFailed: 'stopped',
    queriesEnded: 'stopped',
    stopped: 'stopped',
  },
};

/**
 * Phases in which PostgreSQL works for the session, so that messages of the client have to wait.
 */
const busyPhases: ReadonlySet<SessionPhase> = new Set([
  'preparing',
  'interrupted',
  'flushing',
  'splitting',
  'answering',
  'stopping',
]);

export const isBusy = (phase: SessionPhase): boolean => busyPhases.has(phase);

/** Whether the session has ended and sends nothing more. */
export const isOver = (phase: SessionPhase): boolean => phase === 'stopping' || phase === 'stopped';

/** @throws {Error} for an event that cannot happen in a phase: a defect of the session */
export const nextPhase = (phase: SessionPhase, event: SessionEvent): SessionPhase => {
  const next = transitions[phase][event];
  if (next === undefined) throw new Error(`a session that is ${phase} cannot handle ${event}`);
  return next;
};
