/** An event that a consumer can never handle. */
export type DeadLetter = {
  /** The event as the platform delivered it. A redrive runs the function with it again. */
  readonly payload: unknown;
  /**
   * The JSON text of `payload`, where it is known. Keep it in its place, because reading may have
   * rounded a number of it.
   */
  readonly payloadText?: string | undefined;
  /** The error that says why it cannot be handled. */
  readonly cause: { readonly name: string; readonly message: string };
  /** The invocation that has failed at it. */
  readonly requestId: string;
  /** ARN of the function; a redrive runs this one. */
  readonly functionArn: string | undefined;
  /** Attempts at the event, the failed one included. */
  readonly attempts: number;
  /** When it failed, milliseconds since the epoch. */
  readonly failedAt: number;
};

/** Keeps events that cannot be handled, until a person has found the cause and redrives them. */
export interface DeadLetters {
  /**
   * @param deadline milliseconds since the epoch
   * @throws {Error} when the event may not have been kept. The caller fails too, so that the
   * platform keeps the event
   */
  readonly send: (letter: DeadLetter, deadline: number) => Promise<void>;
}
