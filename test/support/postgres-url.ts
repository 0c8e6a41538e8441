import { inject } from 'vitest';

/** URL of this worker's PostgreSQL, for what takes one to stand on. */
export const postgresUrl = (): string => {
  const urls = inject('postgresUrls');
  const worker = Number(process.env['VITEST_POOL_ID']);
  return urls[worker % urls.length] ?? '';
};
