import type { Cancellation, Clock, Random } from '../../../domain/kernel/index.ts';
import { pause } from '../../../domain/kernel/work/retry.ts';
import type { Connection } from './connection.ts';
import { serverErrorOf } from './error-mapping.ts';
import { aborted } from './semaphore.ts';

/**
 * The first wait is uniform in 0 … this many milliseconds, each later one in twice as much. A
 * cluster accepts 100 new connections a second, and a thousand clients may start at once.
 */
const waitMsFirst = 200;

/** The longest wait: a cluster wakes up within seconds, not minutes. Milliseconds. */
const waitMsMax = 5_000;

/** The longest wait of a caller without a deadline. Milliseconds. */
const patienceMsMax = 60_000;

/**
 * Attempts that may be cut off. A network may cut a client off more than once. A server that does
 * it every time refuses this client, and waiting does not help.
 */
const cutsMax = 5;

/** SQLSTATEs of a server without room: too many connections, too many a second, starting up. */
const busyCodes = new Set(['53300', '53400', '57P03']);

/** The message of a server without room that has no SQLSTATE of its own. */
const wakingUp = /waking up cluster/;

/** Messages of Node and `pg` for a connection that ended or timed out before it was ready. */
const cutOff = /Connection terminated unexpectedly|timeout expired|ECONNRESET|EPIPE|EAI_AGAIN/;

/** DSQL's hint for a token that was signed too long ago, or by a clock that has been set since. */
const expired = /Signature expired/;

const says = (error: unknown, words: RegExp): boolean =>
  error instanceof Error && words.test(error.message);

const isBusy = (error: unknown): boolean =>
  busyCodes.has(serverErrorOf(error)?.code ?? '') || says(error, wakingUp);

const isExpired = (error: unknown): boolean => expired.test(serverErrorOf(error)?.hint ?? '');

/** The wait before the next attempt to connect; the first attempt is number 0. Milliseconds. */
export const connectDelayMs = (knock: number, random: Random): number =>
  random.next() * Math.min(waitMsMax, waitMsFirst * 2 ** knock);

/**
 * Opens a connection to a server that may have no room yet. The waits grow with each attempt.
 *
 * @param open signs a token each time. It is called again at once, but once only, after an expired
 * token
 * @throws {Unavailable} when it is aborted, at once also while it waits
 * @throws the last refusal, when the deadline leaves no time for another one, or when asking again
 * cannot help
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
