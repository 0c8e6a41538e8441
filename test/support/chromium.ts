import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { env } from 'node:process';

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** The browser of this machine; `undefined` where none is installed. */
export const chromiumPath: string | undefined = (env['PATH'] ?? '')
  .split(delimiter)
  .flatMap((folder) => names.map((name) => join(folder, name)))
  .find(existsSync);

if (chromiumPath === undefined) {
  console.warn('SKIPPED: the pages of the console in a browser: Chromium is not installed here');
}
