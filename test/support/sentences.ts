/** A line that is no prose: a row of a table, a heading, a comment of the page. */
const isNoProse = (line: string): boolean => /^(?:\||#|<!--)/.test(line);

/** A paragraph ends at an empty line, and before an item of a list. */
const itemOfList = /^\s*(?:[*-]|\d+\.) /;

/** The paragraphs of a page in Markdown without its code, each as one line. */
const paragraphsOf = (page: string): readonly string[] => {
  const paragraphs: string[][] = [];
  let isCode = false;
  let open: string[] | undefined;
  for (const line of page.split('\n')) {
    const isFence = line.startsWith('```');
    if (isFence) isCode = !isCode;
    if (isFence || isCode || isNoProse(line) || line.trim() === '') open = undefined;
    else {
      if (open === undefined || itemOfList.test(line)) {
        open = [];
        paragraphs.push(open);
      }
      open.push(line.replace(itemOfList, '').trim());
    }
  }
  return paragraphs.map((lines) => lines.join(' '));
};

/** A text without the targets of its links; code in it loses its marks, which end no sentence. */
const withoutTargets = (text: string): string =>
  text.replace(/\]\([^()]*\)/g, ']').replace(/`[^`]*`/g, (code) => code.replace(/[.;?!]/g, ''));

/** A sentence ends before a word that begins one: a capital, code, a link, or a word in bold. */
const sentenceEnd = /(?<=[.!?]["”)*_]{0,2}) (?=[A-Z`[*_"“]|npm\b)/;

/** The sentences of a page in Markdown, each as one line; an item of a list begins a new one. */
export const sentencesOf = (page: string): readonly string[] =>
  paragraphsOf(page)
    .map(withoutTargets)
    .flatMap((paragraph) => paragraph.split(sentenceEnd));

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
