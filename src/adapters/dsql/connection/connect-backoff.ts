import { type Cancellation, type Clock, pause, type Random } from '../../../domain/kernel/index.ts';
import type { Connection } from './connection.ts';
import { serverErrorOf } from './error-mapping.ts';
import { aborted } from './semaphore.ts';

/**
 * The first wait is uniform in 0 … this many milliseconds, each later one in twice as much: a cluster lets 100 clients in
 * a second, and a thousand may have come at once.
 */
const waitMsFirst = 200;

/** Full jitter grows no further: a cluster that wakes up takes seconds, not minutes. Milliseconds. */
const waitMsMax = 5_000;

/** Nobody waits longer for a connection, who has set no deadline. Milliseconds. */
const patienceMsMax = 60_000;

/**
 * A network that cuts a client off may do so once more; a server that does it every time does not want to be spoken to
 * like this, and waiting will not help.
 */
const cutsMax = 5;

/** SQLSTATEs of a server that has no room now: too many connections, too many a second, starting up. */
const busyCodes = new Set(['53300', '53400', '57P03']);

/** A server that has no room now and says so without a SQLSTATE of its own. */
const wakingUp = /waking up cluster/;

/** What Node and `pg` say of a connection that ended, or was not made in time, before anybody was let in. */
const cutOff = /Connection terminated unexpectedly|timeout expired|ECONNRESET|EPIPE|EAI_AGAIN/;

/** DSQL's hint to a client whose token was signed too long ago, or by a clock that has been set since. */
const expired = /Signature expired/;

const says = (error: unknown, words: RegExp): boolean =>
  error instanceof Error && words.test(error.message);

const isBusy = (error: unknown): boolean =>
  busyCodes.has(serverErrorOf(error)?.code ?? '') || says(error, wakingUp);

const isExpired = (error: unknown): boolean => expired.test(serverErrorOf(error)?.hint ?? '');

/** How long to wait before the next knock; the first is number 0. Milliseconds. */
export const connectDelayMs = (knock: number, random: Random): number =>
  random.next() * Math.min(waitMsMax, waitMsFirst * 2 ** knock);

/**
 * Opens a connection to a server that may have no room yet, asking less often the longer it has none.
 *
 * @param open signs a token of its own each time; it is called once more at once when a token came too late
 * @throws {Unavailable} when it is aborted, at once also while it waits
 * @throws the last refusal, when the deadline leaves no time for another one, or when asking again cannot help
 */
export const connectPatiently =
  (
    open: (deadline: number) => Promise<Connection>,
    { clock, random }: { readonly clock: Clock; readonly random: Random },
  ) =>
  async (deadline: number, signal?: Cancellation): Promise<Connection> => {
    if (signal?.aborted) throw aborted();
    const patientUntil = Math.min(deadline, clock.now() + patienceMsMax);
    let signedAgain = false;
    let cuts = 0;
    for (let knock = 0; ; knock += 1) {
      try {
        return await open(patientUntil);
      } catch (error) {
        if (signal?.aborted) throw aborted();
        if (isExpired(error) && !signedAgain) {
          signedAgain = true;
          continue;
        }
        if (says(error, cutOff)) cuts += 1;
        else if (!isBusy(error)) throw error;
        const delayMs = connectDelayMs(knock, random);
        if (cuts >= cutsMax || clock.now() + delayMs >= patientUntil) throw error;
        await pause(clock, delayMs, signal);
        if (signal?.aborted) throw aborted();
      }
    }
  };
