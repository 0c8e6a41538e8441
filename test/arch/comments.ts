import type { Rule } from './rules.ts';
import { commentsOf } from './tree.ts';

/** A line of a comment is prose: as long as a line of a page at most. Columns. */
const columnsMax = 100;

const lineOfComment = /^\s*(?:\/\/|\/\*|\* )/;

/** Lines that nobody can break: an address, a row of a table. */
const unbreakable = /^\s*\* (?:https:\S+|\|.*\|)$/;

/** No line of a comment is longer than 100 columns, which Biome does not look at. */
export const commentsAreNarrow: Rule = (sources) =>
  sources.flatMap(({ path, text }) =>
    text
      .split('\n')
      .filter((line) => line.length > columnsMax && lineOfComment.test(line))
      .filter((line) => !unbreakable.test(line))
      .map((line) => ({ path, problem: `break the line of a comment: ${line.trim()}` })),
  );

/** The folders that ship. */
const held = /^(?:infra|src|packages)\//;

const nounAtTheBeginning = /^(?:What|Who|Whoever|Whom)\b/;

const sentencesOf = (comment: string): readonly string[] => comment.split(/(?<=[.!?]) /);

/**
 * No sentence of a comment begins with "What", "Who" or "Whoever" as a noun, which hides who does
 * what; a question may.
 */
export const commentsNameTheirSubject: Rule = (sources) =>
  sources
    .filter(({ path }) => held.test(path))
    .flatMap(({ path, text }) =>
      commentsOf(text)
        .flatMap(sentencesOf)
        .filter((sentence) => nounAtTheBeginning.test(sentence) && !sentence.endsWith('?'))
        .map((sentence) => ({ path, problem: `name the subject in place of: ${sentence}` })),
    );
