import type { Logger } from '../../../domain/kernel/index.ts';

/** A step of a migrator; times in milliseconds. */
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

/** Is called for each step of a migrator. */
export type ReportProgress = (progress: MigrationProgress) => void;

/** The interval between reports of a long wait. Milliseconds. */
const reportMs = 5_000;

/** Passes on the first report of a wait, and then one for each interval. */
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

/** Writes progress to a log. */
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
