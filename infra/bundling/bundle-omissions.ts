import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { PartialMessage, Plugin } from 'esbuild';
import { type OmittablePart, replacementsByPart, writtenFor } from './parts/bundle-parts.ts';
import type { Replacement } from './parts/replacement.ts';

type OfPart = Replacement & { readonly part: OmittablePart };

const slashes = (path: string): string => path.replaceAll('\\', '/');

const quoted = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\/]/g, '\\$&');

/** Where the copies of a package lie, from the files that a build has read. */
const copiesOf = (name: string, inputs: readonly string[]): readonly string[] => {
  const ofPackage = new RegExp(`^(.*node_modules/${quoted(name)})/`);
  return [...new Set(inputs.flatMap((input) => ofPackage.exec(slashes(input))?.[1] ?? []))];
};

const digest = (content: Buffer): string => createHash('sha256').update(content).digest('hex');

const versionOf = async (copy: string): Promise<string> => {
  const manifest = JSON.parse(await readFile(join(copy, 'package.json'), 'utf8')) as {
    readonly version?: string;
  };
  return manifest.version ?? '';
};

/**
 * Says that one copy of a package has another file than the one that a replacement was written for,
 * or none.
 */
const problemIn = async (copy: string, of: OfPart): Promise<PartialMessage | undefined> => {
  const content = await readFile(join(copy, of.file)).catch(() => undefined);
  if (content && digest(content) === of.sha256) return undefined;
  const state = content ? 'has changed' : 'has moved';
  return {
    text: `Cannot omit '${of.part}' from the bundle: in ${of.package} ${await versionOf(copy)} the file ${of.file} ${state}. Remove '${of.part}' from omit, or install ${of.package} ${writtenFor[of.package]}, for which it was written.`,
  };
};

const problemsIn = async (
  replacements: readonly OfPart[],
  inputs: readonly string[],
): Promise<readonly PartialMessage[]> => {
  const problems = await Promise.all(
    replacements.flatMap((one) =>
      copiesOf(one.package, inputs).map((copy) => problemIn(copy, one)),
    ),
  );
  return problems.filter((problem) => problem !== undefined);
};

/**
 * Leaves parts of libraries out of a bundle.
 *
 * @param onChange for a library that has changed what is replaced: the build fails, unless the file
 * is to be kept as it is
 * @throws {Error} for a part that is unknown.
 */
export const omissions = (
  parts: readonly OmittablePart[],
  onChange: 'fail' | 'keep' = 'fail',
): Plugin => {
  const known: Readonly<Record<string, readonly Replacement[] | undefined>> = replacementsByPart;
  const replacements = parts.flatMap((part) => {
    const ofPart = known[part];
    if (ofPart) return ofPart.map((one): OfPart => ({ ...one, part }));
    throw new Error(
      `Cannot omit '${part}' from a bundle: the parts are ${Object.keys(known).join(', ')}`,
    );
  });
  const byFile = Map.groupBy(replacements, ({ package: name, file }) => `${name}/${file}`);
  return {
    name: 'antipode-omissions',
    setup: (build) => {
      for (const [file, ofFile] of byFile) {
        // esbuild runs the filter in Go and asks about each file that matches, on any system's
        // paths.
        const filter = new RegExp(
          `[\\\\/]node_modules[\\\\/]${quoted(file).replaceAll('\\/', '[\\\\/]')}$`,
        );
        build.onLoad({ filter }, async ({ path }) => {
          const content = await readFile(path);
          const isKnown = ofFile.every(({ sha256 }) => digest(content) === sha256);
          if (onChange === 'keep' && !isKnown) return undefined;
          const contents = ofFile.reduce(
            (source, { replace }) => replace(source),
            content.toString('utf8'),
          );
          return { contents, loader: 'js' };
        });
      }
      if (onChange === 'keep') return;
      build.onEnd(async ({ metafile }) => {
        const root = build.initialOptions.absWorkingDir ?? process.cwd();
        const inputs = Object.keys(metafile?.inputs ?? {}).map((input) => join(root, input));
        return { errors: [...(await problemsIn(replacements, inputs))] };
      });
    },
  };
};
