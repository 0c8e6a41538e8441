/** The parts of its process that a command uses. */
export type Terminal = {
  readonly directory: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly print: (line: string) => void;
  /** Prints a line to standard error, so that a program that reads the output does not get it. */
  readonly warn: (line: string) => void;
  /** Says why the command has failed, which then may not take long to end. */
  readonly fail: (line: string) => void;
  /** Aborts when the person wants to end. */
  readonly interrupted: AbortSignal;
  /** Runs before the process ends, however it ends. */
  readonly onExit: (run: () => void) => void;
};
