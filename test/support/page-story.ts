import { fencedBlocks } from './page-commands.ts';

/** One step of a page that tells a story, in the order of the page. */
export type StoryStep =
  | {
      readonly kind: 'commands';
      readonly script: string;
      /** The output that the page shows; `…` stands for text that varies. */
      readonly output: string | undefined;
      /** A question that is asked again until it is answered as the page says. */
      readonly isRepeated: boolean;
    }
  | { readonly kind: 'edit'; readonly file: string; readonly diff: string }
  /** Lines that the terminal of the running stack prints after the edit before them. */
  | { readonly kind: 'terminal'; readonly output: string };

const repeated = /^# again, until /;

/** The comment before an edit, which names its file. */
const fileName = /^<!-- (\S+) -->$/;

/**
 * Reads the steps of a page, or of one of its parts: `sh` blocks, each with the `text` block behind
 * it as its output; `diff` blocks, each after a comment that names its file; and other `text`
 * blocks, which the stack prints.
 *
 * @throws {Error} for a block of another kind
 */
export const readStory = (page: string): readonly StoryStep[] => {
  const steps: StoryStep[] = [];
  for (const { language, text, before } of fencedBlocks(page)) {
    const file = fileName.exec(before)?.[1];
    const last = steps.at(-1);
    if (language === 'sh') {
      const isRepeated = repeated.test(text);
      steps.push({ kind: 'commands', script: text, output: undefined, isRepeated });
    } else if (language === 'diff' && file !== undefined) {
      steps.push({ kind: 'edit', file, diff: text });
    } else if (language !== 'text') {
      throw new Error(`a story has no block of the kind ${language}:\n${text}`);
    } else if (last?.kind === 'commands' && last.output === undefined) {
      steps[steps.length - 1] = { ...last, output: text };
    } else {
      steps.push({ kind: 'terminal', output: text });
    }
  }
  return steps;
};

/**
 * Makes the change of a `diff` block in a text.
 *
 * @throws {Error} unless the lines that it expects are there, and only once
 */
export const applyDiff = (text: string, diff: string): string => {
  const lines = diff.trimEnd().split('\n');
  const without = (sign: string): string =>
    lines
      .filter((line) => !line.startsWith(sign))
      .map((line) => `${line.slice(1)}\n`)
      .join('');
  const parts = text.split(without('+'));
  if (parts.length !== 2) throw new Error(`the file has it ${parts.length - 1} times:\n${diff}`);
  return parts.join(without('-'));
};

const gap = '…';

/** Whether a line is as a page shows it. */
const isLine = (line: string, shown: string): boolean => {
  const [first = '', ...others] = shown.split(gap);
  const last = others.pop();
  if (last === undefined) return line === shown;
  if (!line.startsWith(first)) return false;
  let at = first.length;
  for (const part of others) {
    const found = line.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return line.length - last.length >= at && line.endsWith(last);
};

/** Whether an output is as a page shows it; a line `…` stands for any lines. */
export const isOutput = (output: string, shown: string): boolean => {
  const printed = output.replaceAll('\r', '').trim().split('\n');
  const expected = shown.trim().split('\n');
  let at = 0;
  // Where to go on when the lines behind the last gap were others.
  let retry: { readonly at: number; readonly to: number } | undefined;
  let to = 0;
  while (at < printed.length) {
    if (expected[to] === gap) {
      to += 1;
      retry = { at, to };
    } else if (to < expected.length && isLine(printed[at] ?? '', expected[to] ?? '')) {
      at += 1;
      to += 1;
    } else if (retry) {
      retry = { at: retry.at + 1, to: retry.to };
      ({ at, to } = retry);
    } else {
      return false;
    }
  }
  return expected.slice(to).every((line) => line === gap);
};

/** Whether a terminal has printed lines in their order, others between them. */
export const hasPrinted = (output: string, shown: string): boolean =>
  isOutput(
    output,
    [
      gap,
      ...shown
        .trim()
        .split('\n')
        .flatMap((line) => [line, gap]),
    ].join('\n'),
  );
