/** What a command touches of the process that it runs in. */
export type Terminal = {
  readonly directory: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly print: (line: string) => void;
  /** What a program that reads what is printed must not see. */
  readonly warn: (line: string) => void;
  /** Says why the command has failed, which then may not take long to end. */
  readonly fail: (line: string) => void;
  /** Aborts when the person wants to end. */
  readonly interrupted: AbortSignal;
  /** Runs before the process ends, however it ends. */
  readonly onExit: (run: () => void) => void;
};
