import type { Logger } from '../../../domain/kernel/index.ts';

/** What a migrator is doing; times in milliseconds. */
export type MigrationProgress =
  | {
      readonly kind: 'lease-awaited';
      readonly owner: string;
      readonly until: string;
      readonly waitedMs: number;
    }
  | { readonly kind: 'lease-lost' }
  | { readonly kind: 'statement'; readonly place: string }
  | {
      readonly kind: 'build-awaited';
      readonly place: string;
      readonly build: string;
      readonly status: string;
      readonly waitedMs: number;
    }
  | {
      readonly kind: 'index-rebuilt';
      readonly place: string;
      readonly build: string;
      readonly reason: string;
    }
  | { readonly kind: 'applied'; readonly migration: string };

/** Hears of a migrator's progress. */
export type ReportProgress = (progress: MigrationProgress) => void;

/** A long wait is reported this often. Milliseconds. */
const reportMs = 5_000;

/** Passes on what comes first, and then once in a while. */
export const sparingly = (
  report: ReportProgress,
): ((progress: MigrationProgress & { readonly waitedMs: number }) => void) => {
  let nextMs = 0;
  return (progress) => {
    if (progress.waitedMs < nextMs) return;
    nextMs = progress.waitedMs + reportMs;
    report(progress);
  };
};

/** Progress as lines of a log. */
export const logProgress =
  (logger: Pick<Logger, 'info' | 'warn'>): ReportProgress =>
  (progress) => {
    const { kind, ...fields } = progress;
    switch (kind) {
      case 'applied':
        return logger.info('Migration applied', fields);
      case 'lease-lost':
        return logger.warn('Another migration has had the lease', fields);
      case 'index-rebuilt':
        return logger.warn('An index that could not be built is dropped and built again', fields);
      case 'lease-awaited':
        return logger.info('Another migration is under way', fields);
      case 'build-awaited':
        return logger.info('A build is awaited', fields);
      case 'statement':
        return undefined;
    }
  };
