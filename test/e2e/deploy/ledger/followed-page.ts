import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isForAws, partsOf } from '../../../support/page-commands.ts';
import { repository } from '../tools.ts';

/** A block of commands, with the sentence before it. */
export type Block = { readonly introduction: string; readonly script: string };

/** The parts of a page by their titles, each with its blocks of commands. */
export const readParts = (page: string): ReadonlyMap<string, readonly Block[]> => {
  const parts = partsOf(readFileSync(join(repository, 'docs', page), 'utf8'));
  return new Map(
    [...parts].map(([title, part]) => {
      const blocks = [...part.matchAll(/((?:^[^\n]+\n)+)\n```sh\n(.*?)^```$/gms)];
      return [
        title,
        blocks.map(([, introduction = '', script = '']) => ({ introduction, script })),
      ] as const;
    }),
  );
};

export const needsAws = ({ script }: Block): boolean => isForAws(script);

/** Commands by which a person rehearses a disaster. */
export const isRehearsal = ({ introduction }: Block): boolean =>
  /^(?:.* )?on the local stack/im.test(introduction);
