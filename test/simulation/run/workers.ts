import { fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { Job, Message } from './plan.ts';

const worker = join(import.meta.dirname, 'worker.ts');

/**
 * Gives jobs to worker processes, as many as there are cores, until none is left.
 *
 * @throws {Error} when a worker ends before its work does
 */
export const runJobs = async (
  jobs: readonly Job[],
  tell: (message: Exclude<Message, { readonly kind: 'ready' }>) => void,
): Promise<void> => {
  const left = [...jobs];
  const count = Math.min(availableParallelism(), jobs.length);
  const runs = Array.from(
    { length: count },
    () =>
      new Promise<void>((resolve, reject) => {
        const child = fork(worker, { stdio: 'inherit' });
        let isDone = false;
        child.on('message', (message: Message) => {
          if (message.kind !== 'ready') return tell(message);
          const job = left.shift();
          isDone = job === undefined;
          child.send(job ?? 'end');
        });
        child.on('error', reject);
        child.on('exit', (code) => {
          if (isDone && code === 0) resolve();
          else reject(new Error(`A worker has ended with ${code} before its work was done`));
        });
      }),
  );
  await Promise.all(runs);
};
