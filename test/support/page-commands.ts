/** The lines of the shell blocks of a page, in its order. */
export const shellLines = (page: string): readonly string[] =>
  [...page.matchAll(/^```sh\n(.*?)^```$/gms)].flatMap(([, block = '']) => block.trim().split('\n'));

const remark = '# needs AWS';

/** Whether a page says of a line that only AWS takes it. */
export const needsAws = (line: string): boolean => line.endsWith(remark);
