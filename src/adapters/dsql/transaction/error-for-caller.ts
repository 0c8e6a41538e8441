import { Fault } from '../../../domain/kernel/index.ts';
import { serverErrorOf } from '../connection/error-mapping.ts';

/**
 * Makes an error's stack lead to the caller, and puts the SQLSTATE of the error's cause in `code`.
 *
 * The adapter makes a fault where it reads the answer, far from the query. Kysely's own drivers add
 * the caller's frames in the same way. Errors that are no fault stay as they are: the caller's own
 * code has thrown them.
 *
 * @param here an error that was made in the function that the caller awaits, after its `await`. V8
 * then lists the functions that wait, at no cost for a query that succeeds
 */
export const errorForCaller = (error: unknown, here: Error): unknown => {
  if (!(error instanceof Fault)) return error;
  const code = serverErrorOf(error)?.code;
  if (code !== undefined) Object.assign(error, { code });
  const known = error.stack ?? '';
  const frames = here.stack?.split('\n').slice(1) ?? [];
  const missing = frames.filter((frame) => !known.includes(frame.trim()));
  if (missing.length > 0) error.stack = [known, ...missing].join('\n');
  return error;
};
