import type { Rule } from './rules.ts';
import { commentsOf } from './tree.ts';

/** The folders that ship. */
const held = /^(?:infra|src|packages)\//;

const nounAtTheBeginning = /^(?:What|Who|Whoever|Whom)\b/;

const sentencesOf = (comment: string): readonly string[] => comment.split(/(?<=[.!?]) /);

/** No sentence of a comment begins with "What", "Who" or "Whoever" as a noun, which hides who does what; a question may. */
export const commentsNameTheirSubject: Rule = (sources) =>
  sources
    .filter(({ path }) => held.test(path))
    .flatMap(({ path, text }) =>
      commentsOf(text)
        .flatMap(sentencesOf)
        .filter((sentence) => nounAtTheBeginning.test(sentence) && !sentence.endsWith('?'))
        .map((sentence) => ({ path, problem: `name the subject in place of: ${sentence}` })),
    );
