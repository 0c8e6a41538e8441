import type { LogLine } from '../../local/stack/region-services.ts';
import { plainText } from '../../plain-text.ts';
import { shownPath } from '../../shown-path.ts';
import type { LogPosition } from './function-logs.ts';
import { type LogProblem, logProblem } from './log-problem.ts';

/** The warnings and errors of a run, for the person at its terminal. */
export interface Alarms {
  /**
   * Prints a line of a function's log if it is a warning or an error: its cause first, then where
   * all of it is.
   */
  readonly see: (line: LogLine, at: LogPosition) => void;
  /** Prints a line that is an alarm as it is. */
  readonly print: (line: string) => void;
  /** Whether there was any. */
  readonly raised: () => boolean;
}

/**
 * A cause is shown up to here, which is enough for esbuild's errors or a long statement; the file
 * has the rest.
 */
const causeCharsMax = 2000;
/** Characters of the line below the cause. */
const summaryCharsMax = 240;

/**
 * Invocations whose alarms are remembered; those under way are few, and forgotten when they end.
 */
const rememberedMax = 1000;

const shown = (text: string, charsMax: number): string => {
  const cut = text.length > charsMax ? `${text.slice(0, charsMax)} …` : text;
  return plainText(cut.trim());
};

/** The runtime repeats what the function threw, which a logger may have told with its causes. */
const isRepeated = ({ summary, cause }: LogProblem, told: string | undefined): boolean =>
  told !== undefined && summary?.startsWith('Invoke Error') === true && told.includes(cause);

/** Begins the lines that end an invocation. */
const invocationEnd = /^END RequestId: (\S+)/;

/**
 * @param directory paths are shown relative to it, where they are in it
 * @param printLine receives one line of the terminal at a time
 */
export const createAlarms = (directory: string, printLine: (line: string) => void): Alarms => {
  let raised = false;
  const toldByRequest = new Map<string, string>();

  const remember = (requestId: string, { cause, summary = '' }: LogProblem): void => {
    toldByRequest.set(requestId, `${toldByRequest.get(requestId) ?? ''}${cause}\n${summary}\n`);
    const [oldest] = toldByRequest.keys();
    if (toldByRequest.size > rememberedMax && oldest !== undefined) toldByRequest.delete(oldest);
  };

  return {
    raised: () => raised,
    print: (line) => {
      raised = true;
      printLine(line);
    },
    see: ({ region, functionName, line }, { file, lineNumber }) => {
      const [, ended] = invocationEnd.exec(line) ?? [];
      if (ended !== undefined) toldByRequest.delete(ended);
      const problem = logProblem(line);
      if (!problem) return;
      raised = true;
      const { level, cause, summary, requestId } = problem;
      if (requestId !== undefined) {
        if (isRepeated(problem, toldByRequest.get(requestId))) return;
        remember(requestId, problem);
      }
      const indent = ' '.repeat(9);
      const request = requestId === undefined ? '' : `, request ${requestId}`;
      const around = summary === undefined ? '' : `: ${shown(summary, summaryCharsMax)}`;
      printLine(
        `  ${level.padEnd(5)}  ${shown(cause, causeCharsMax).replaceAll('\n', `\n${indent}`)}`,
      );
      printLine(`${indent}${functionName} in ${region}${request}${around}`.replaceAll('\n', ' '));
      const at = lineNumber === undefined ? '' : `:${lineNumber}`;
      printLine(`${indent}${shownPath(directory, file)}${at}`);
    },
  };
};
