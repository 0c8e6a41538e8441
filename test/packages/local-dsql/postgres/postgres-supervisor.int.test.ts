import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { supervisor } from '../../../../packages/local-dsql/src/postgres/postgres-supervisor.ts';

/** Fails once with an empty folder, as where a file came and went while it removed the folder. */
const removalThatFailsOnce = `
rm() {
  if [ -e "$2/left" ]; then command rm "$2/left"; return 1; fi
  command rm "$@"
}`;

it('removes a folder whose last file went while it was removed', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'antipode-test-'));
  writeFileSync(join(folder, 'left'), '');
  const script = `${removalThatFailsOnce}\n${supervisor}`;
  const shell = spawn('/bin/sh', ['-c', script, 'sh', 'QUIT', folder, 'true']);
  // The start was killed: no line comes.
  shell.stdin.end();
  expect(await once(shell, 'exit')).toEqual([1, null]);
  expect(existsSync(folder)).toBe(false);
});
