import type { ServiceError } from '../protocol/protocol.ts';

/** The client's connection, as far as a session needs it. */
export interface SessionClient {
  readonly write: (bytes: Buffer) => void;
  /** Sends what was written since the last flush in as few packets as possible. */
  readonly flush: () => void;
  /** Keeps written bytes back until `release`. */
  readonly hold: () => void;
  readonly release: () => void;
  /** Stops reading from the client until `resume` was called as often as `pause`. */
  readonly pause: () => void;
  readonly resume: () => void;
  readonly close: () => void;
  /** Ends the connection with an error, behind the bytes that were written before. */
  readonly closeWithError: (error: ServiceError) => void;
  /** Ends the connection at once, without the bytes that were held back. */
  readonly cut: () => void;
}
