import type { Terminal } from 'antipode-local-dsql/process';
import { plainJson, plainLine } from '../../plain-text.ts';

/** Prints a result as JSON or in lines. Its texts may come from strangers. */
export type ShowResult = (value: object, lines: readonly string[]) => void;

/** The {@link ShowResult} of a run. */
export const showResult =
  ({ json }: { readonly json: boolean }, { print }: Pick<Terminal, 'print'>): ShowResult =>
  (value, lines) => {
    for (const line of json ? [plainJson(value)] : lines.map(plainLine)) print(line);
  };
