import type { Retrier } from './retry.ts';
import type { RunContext } from './unit-of-work.ts';

/** Reads that no decision depends on, by name. */
export type Questions = {
  /** A read. It is asked again after a transient fault, so it changes nothing. */
  readonly [name: string]: (...asked: never[]) => Promise<unknown>;
};

/** The same questions, each of which takes the invocation that asks before its own parameters. */
export type RetriedQuestions<Asked extends Questions> = {
  readonly [Name in keyof Asked]: (
    run: Pick<RunContext, 'deadline' | 'signal'>,
    ...asked: Parameters<Asked[Name]>
  ) => ReturnType<Asked[Name]>;
};

/**
 * Repeats a question that meets a transient fault, until the deadline of the invocation.
 *
 * @param retrier one of its own: it learns how long a question lasts, and a commit lasts longer
 */
export const retryQuestions = <Asked extends Questions>(
  retrier: Retrier,
  questions: Asked,
): RetriedQuestions<Asked> => {
  const retried = Object.entries<(...asked: never[]) => Promise<unknown>>(questions).map(
    ([name, ask]) => [
      name,
      (run: Pick<RunContext, 'deadline' | 'signal'>, ...asked: never[]) =>
        retrier.run(() => ask(...asked), run.deadline, run),
    ],
  );
  return Object.fromEntries(retried) as RetriedQuestions<Asked>;
};
