import { plainLine } from '../../plain-text.ts';
import type { RegionView } from '../regions/region-view.ts';
import { remedyOf } from './remedies.ts';

/** One thing that has to be so in one Region. */
export type Check = {
  readonly region: string;
  readonly name: string;
  /**
   * @returns what was found, in a few words
   * @throws {CheckFailed} with the remedy, or the error of a service
   */
  readonly run: () => Promise<string>;
};

/** The end of a check. */
export type CheckResult = {
  readonly region: string;
  readonly name: string;
  readonly ok: boolean;
  /** Milliseconds. */
  readonly ms: number;
  /** The finding in a few words; the reason where the check has failed. */
  readonly detail: string;
  /** The command that mends it, or the next step. */
  readonly remedy?: string;
};

/** Something is not as it has to be. */
export class CheckFailed extends Error {
  override readonly name = 'CheckFailed';
  readonly remedy: string;

  constructor(reason: string, remedy: string, options?: ErrorOptions) {
    super(reason, options);
    this.remedy = remedy;
  }
}

const firstLine = (error: unknown): string => {
  const text = error instanceof Error ? error.message || error.name : String(error);
  const [line = ''] = text.split('\n');
  return plainLine(line);
};

/** Runs one check and measures it. It never throws. */
export const runCheck = async (
  { region, name, run }: Check,
  view: RegionView | undefined,
): Promise<CheckResult> => {
  const from = performance.now();
  const end = (ok: boolean, detail: string) => ({
    ...{ region, name, ok, detail },
    ms: Math.round(performance.now() - from),
  });
  try {
    return end(true, await run());
  } catch (error) {
    const remedy = error instanceof CheckFailed ? error.remedy : remedyOf(error, view, region);
    return { ...end(false, firstLine(error)), remedy };
  }
};
