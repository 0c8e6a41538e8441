/** The lines of the shell blocks of a page, in its order. */
export const shellLines = (page: string): readonly string[] => {
  const lines: string[] = [];
  let isShell = false;
  for (const line of page.split('\n')) {
    if (line.startsWith('```')) isShell = line === '```sh';
    else if (isShell) lines.push(line);
  }
  return lines;
};

const remark = '# needs AWS';

/** Whether a page says of a line that only AWS takes it. */
export const needsAws = (line: string): boolean => line.endsWith(remark);
