/**
 * A page without its blocks of code, its tables, its headings and the targets of its links. Code in
 * a sentence loses its marks, which end no sentence.
 */
const proseOf = (page: string): string =>
  page
    .replace(/^```.*?^```/gms, '')
    .replace(/^(?:\||#|<!--).*$/gm, '')
    .replace(/\]\([^)]*\)/g, ']')
    .replace(/`[^`]*`/g, (code) => code.replace(/[.;?!]/g, ''));

/** A sentence ends before a word that begins one: a capital, code, a link, or a word in bold. */
const sentenceEnd = /(?<=[.!?]["”)*_]{0,2}) (?=[A-Z`[*_"“]|npm\b)/;

/** The sentences of a page in Markdown, each as one line; an item of a list begins a new one. */
export const sentencesOf = (page: string): readonly string[] =>
  proseOf(page)
    .split(/\n\s*\n|\n(?=\s*(?:[*-]|\d+\.) )/)
    .map((block) => block.replace(/\s+/g, ' ').trim())
    .flatMap((block) => block.replace(/^(?:[*-]|\d+\.) /, '').split(sentenceEnd))
    .filter((sentence) => sentence !== '');

/** More words than this are read twice by somebody who reads in a second language. */
const wordsMax = 36;

const nounAtTheBeginning = /^\W*(?:What|Who|Whoever|Whom)\b/;

/** Phrases that hide who does what. */
const riddles = /\b(?:that which|so it is|so be it|whosoever)\b/i;

/** The reason why a sentence is read twice, or `undefined`. */
export const problemOf = (sentence: string): string | undefined => {
  if (nounAtTheBeginning.test(sentence) && !sentence.endsWith('?')) return 'names no subject';
  const riddle = riddles.exec(sentence);
  if (riddle) return `says "${riddle[0]}"`;
  const words = sentence.split(' ').length;
  if (words > wordsMax) return `has ${words} words, and ${wordsMax} are the most`;
  if ((sentence.match(/;/g) ?? []).length > 1) return 'has more than one semicolon';
  return undefined;
};
