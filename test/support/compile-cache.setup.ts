import { temporaryParent } from '../../packages/local-dsql/src/folders/temporary-folder.ts';
import { createRunFolder, removeRunFolder } from './run-folder.ts';

const { env } = process;
let folder: string | undefined;

/**
 * Lets the processes of a run keep the code that they have compiled: the tests start the command
 * some hundred times, and half of the processor time of a start is reading TypeScript.
 */
export const setup = (): void => {
  if (env['NODE_COMPILE_CACHE']) return;
  folder = createRunFolder(temporaryParent(), 'antipode-compiled-');
  env['NODE_COMPILE_CACHE'] = folder;
};

export const teardown = (): void => {
  if (folder !== undefined) removeRunFolder(folder);
};
