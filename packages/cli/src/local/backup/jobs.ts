import { randomUUID } from 'node:crypto';
import { backupFailure } from './errors.ts';

/** A job of AWS Backup, which goes on after the request that began it. */
export type Job<Subject, Result> = {
  readonly id: string;
  readonly region: string;
  readonly subject: Subject;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  readonly end?:
    | { readonly at: number; readonly result: Result }
    | { readonly at: number; readonly failure: string };
};

/** The jobs of one kind, in all Regions. They are remembered as long as the stack runs. */
export interface Jobs<Subject, Result> {
  readonly begin: (
    region: string,
    subject: Subject,
    work: () => Promise<Result>,
  ) => Job<Subject, Result>;
  /** @throws {AwsError} for an id that no job of the Region has */
  readonly named: (region: string, id: string) => Job<Subject, Result>;
  /** Resolves when no job runs. */
  readonly idle: () => Promise<void>;
}

export const createJobs = <Subject, Result>(now: () => number): Jobs<Subject, Result> => {
  const jobs = new Map<string, Job<Subject, Result>>();
  const running = new Set<Promise<void>>();
  return {
    begin: (region, subject, work) => {
      const job: Job<Subject, Result> = { id: randomUUID(), region, subject, createdAt: now() };
      jobs.set(job.id, job);
      const ended = work().then(
        (result) => void jobs.set(job.id, { ...job, end: { at: now(), result } }),
        (error: Error) =>
          void jobs.set(job.id, { ...job, end: { at: now(), failure: error.message } }),
      );
      running.add(ended);
      ended.finally(() => running.delete(ended));
      return job;
    },
    named: (region, id) => {
      const found = jobs.get(id);
      if (found?.region === region) return found;
      throw backupFailure('ResourceNotFoundException', `There is no job ${id} in ${region}.`);
    },
    idle: async () => {
      await Promise.all(running);
    },
  };
};

/** Seconds since the epoch, as this API has times. */
export const seconds = (ms: number): number => ms / 1_000;

/** The members that each kind of job has about its state. */
export const stateOf = ({ end, createdAt }: Job<unknown, unknown>) => ({
  state: end === undefined ? 'RUNNING' : 'result' in end ? 'COMPLETED' : 'FAILED',
  common: {
    CreationDate: seconds(createdAt),
    CompletionDate: end && seconds(end.at),
    StatusMessage: end && 'failure' in end ? end.failure : undefined,
  },
});
