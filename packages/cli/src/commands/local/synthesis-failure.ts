import { fileURLToPath } from 'node:url';
import { shownPath } from '../../shown-path.ts';

/**
 * Lines of one failure that are shown: a build of many errors has the cause of most in the first.
 */
const linesMax = 12;

/** `TypeError: …`, `ValidationException [E1]: …`, or what esbuild and the CDK mark. */
const isNamedFailure = (line: string): boolean => {
  if (line.startsWith('✘ ')) return true;
  const [word = ''] = line.split(/\s/, 1);
  const at = word.search(/(?:Error|Exception)\b/);
  return at >= 0 && line.includes(': ', at);
};

/** A line of a stack trace. */
const frame = /^\s+at /;

/** Errors that the language itself throws: their messages say nothing of where. */
const languageError = /^(?:Syntax|Type|Reference|Range)Error\b/;

/** `path:line`, alone in a line above an error that nobody caught. */
const codeLine = /^((?:file:\/\/)?\/.*:\d+)$/;

/** `path:line:column` at the end of a frame, in brackets where the function has a name. */
const framePlace = /^\s+at (?:[^(]*\()?((?:file:\/\/)?\/.*:\d+):\d+\)?$/;

/** esbuild's `    src/a.ts:1:7:` below the text of an error. */
const esbuildPlace = /^\s+(\S.*:\d+:\d+):$/;

const pathOf = (place: string): string =>
  place.startsWith('file://') ? fileURLToPath(place) : place;

/** The message of an error, which goes on until its trace begins, if it has one. */
const messageAt = (lines: readonly string[], at: number): readonly string[] => {
  const after = lines.slice(at + 1);
  const traceAt = after.findIndex((line) => frame.test(line));
  const rest = traceAt < 0 ? [] : after.slice(0, traceAt);
  return [lines[at] ?? '', ...rest].map((line) => line.trim()).filter((line) => line !== '');
};

/** The place of an error in the project's code. Frames in packages are skipped. */
const placeOf = (lines: readonly string[], at: number): string | undefined => {
  const above = lines.slice(0, at).findLast((line) => codeLine.test(line)) ?? '';
  return [codeLine.exec(above), ...lines.slice(at + 1).map((line) => framePlace.exec(line))]
    .flatMap((match) => match?.[1] ?? [])
    .find((place) => !place.includes('node_modules'));
};

/** esbuild's own report of errors, in the form of the error that it throws. */
const esbuildErrors = (lines: readonly string[]): readonly string[] =>
  lines.flatMap((line, at) => {
    if (!line.startsWith('✘ ')) return [];
    const [, place] = lines.slice(at, at + 4).flatMap((one) => esbuildPlace.exec(one) ?? []);
    return [place === undefined ? line : `${place}: ${line.replace(/^✘ \[(\w+)\] /, '$1: ')}`];
  });

/**
 * The part of an app's output that says why it failed, without the trace around it. The place of
 * the failure is added if the text does not name it.
 *
 * @param directory paths are shown relative to it, where they are in it
 * @returns one line, or several for a build with several errors
 */
export const failureIn = (output: string, directory: string): string => {
  const lines = output.split('\n').map((line) => line.trimEnd());
  const at = lines.findIndex((line) => isNamedFailure(line.trim()));
  const named = lines[at]?.trim();
  if (named === undefined)
    return lines.findLast((line) => line !== '')?.trim() ?? 'it printed nothing';
  if (named.startsWith('✘ ')) return esbuildErrors(lines).slice(0, linesMax).join('\n');
  const [first = '', ...further] = messageAt(lines, at).slice(0, linesMax);
  const message = [first, ...further].join(further.length > 1 ? '\n' : ' ');
  const place = languageError.test(first) ? placeOf(lines, at) : undefined;
  return place === undefined ? message : `${message} (${shownPath(directory, pathOf(place))})`;
};
