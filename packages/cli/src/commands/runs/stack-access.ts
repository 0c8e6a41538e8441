import { join } from 'node:path';
import { defined } from 'antipode/internal/domain';
import { readTrusted, replacePrivateFile } from 'antipode-local-dsql/folders';
import type { RunFolder } from 'antipode-local-dsql/runs';
import type { LocalStack } from '../../local/stack/local-stack.ts';

/** How other commands reach a stack that runs, and the keys that they sign with. */
export type StackAccess = {
  readonly regions: readonly { readonly region: string; readonly url: string }[];
  /** File with the authority behind the DSQL endpoints, PEM. */
  readonly caFile: string;
  readonly keys: { readonly accessKeyId: string; readonly secretAccessKey: string };
  /** Where the stack takes commands about itself; absent when nothing serves them. */
  readonly control?: ControlAccess;
};

/** The address of a stack's control port, and the secret that it asks for. */
export type ControlAccess = { readonly url: string; readonly token: string };

/** The file in the run folder; it holds keys and does not outlive the run. */
const accessFile = 'access.json';
const authorityFile = 'access-ca.pem';

/** Lets other commands of this user reach the stack of a run. */
export const writeStackAccess = (
  folder: Pick<RunFolder, 'path'>,
  { regions, ca, dsqlKeys }: Pick<LocalStack, 'regions' | 'ca' | 'dsqlKeys'>,
  control?: ControlAccess,
): void => {
  const caFile = join(folder.path, authorityFile);
  replacePrivateFile(caFile, ca);
  const access: StackAccess = {
    regions: regions.map(({ region, url }) => ({ region, url })),
    caFile,
    keys: dsqlKeys,
    ...defined({ control }),
  };
  replacePrivateFile(join(folder.path, accessFile), JSON.stringify(access));
};

/** The access of a run; `undefined` while it starts, and when it has ended. */
export const readStackAccess = (folder: string): StackAccess | undefined => {
  try {
    return JSON.parse(readTrusted(join(folder, accessFile))) as StackAccess;
  } catch {
    return undefined;
  }
};
