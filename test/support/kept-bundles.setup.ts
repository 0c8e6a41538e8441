import { temporaryParent } from '../../packages/local-dsql/src/folders/temporary-folder.ts';
import { createRunFolder, removeRunFolder } from './run-folder.ts';

const { env } = process;
let folder: string | undefined;

/** Lets the apps of a run bundle the same functions once, where they import `kept-bundles.ts`. */
export const setup = (): void => {
  if (env['ANTIPODE_TEST_BUNDLES']) return;
  folder = createRunFolder(temporaryParent(), 'antipode-bundled-');
  env['ANTIPODE_TEST_BUNDLES'] = folder;
};

export const teardown = (): void => {
  if (folder !== undefined) removeRunFolder(folder);
};
