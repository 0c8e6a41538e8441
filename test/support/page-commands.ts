const remark = '# needs AWS';

/** Whether a page says of a line that only AWS takes it. */
export const needsAws = (line: string): boolean => line.endsWith(remark);

/** Whether a page says so of a whole block, by its first line. */
export const isForAws = (block: string): boolean => block.startsWith(`${remark}\n`);

/** A fenced block of a page, with the line before it. */
export type FencedBlock = {
  readonly language: string;
  readonly text: string;
  readonly before: string;
};

const fence = '```';

/** The fenced blocks of a page, in its order. */
export const fencedBlocks = (page: string): readonly FencedBlock[] => {
  const blocks: FencedBlock[] = [];
  let open: { readonly language: string; readonly before: string } | undefined;
  let before = '';
  let text = '';
  for (const line of page.split('\n')) {
    const isFence = line.trimStart().startsWith(fence);
    if (isFence && open) {
      blocks.push({ ...open, text });
      open = undefined;
    } else if (isFence) {
      open = { language: line.trim().slice(fence.length), before };
      text = '';
    } else if (open) {
      text += `${line}\n`;
    } else {
      before = line;
    }
  }
  return blocks;
};

/** The lines of the shell blocks of a page, in its order. */
export const shellLines = (page: string): readonly string[] =>
  fencedBlocks(page)
    .filter(({ language }) => language === 'sh')
    .flatMap(({ text }) => text.split('\n').slice(0, -1));

/** The parts of a page by their titles. */
export const partsOf = (page: string): ReadonlyMap<string, string> =>
  new Map(
    page
      .split(/^## /m)
      .slice(1)
      .map((part) => [part.slice(0, part.indexOf('\n')), part] as const),
  );
