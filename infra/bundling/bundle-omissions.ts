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

/** Tells whether a copy of a package has every file that these replacements were written for. */
const knownCopies = (replacements: readonly OfPart[]) => {
  const byPackage = Map.groupBy(replacements, ({ package: name }) => name);
  const known = new Map<string, Promise<boolean>>();
  const isKnown = async (name: string, copy: string): Promise<boolean> => {
    const ofPackage = byPackage.get(name) ?? [];
    const problems = await Promise.all(ofPackage.map((one) => problemIn(copy, one)));
    return problems.every((problem) => problem === undefined);
  };
  return {
    forget: () => known.clear(),
    /** @param path of one of the package's replaced files, in the copy */
    includes: async (path: string, { package: name, file }: OfPart): Promise<boolean> => {
      const copy = path.slice(0, -file.length - 1);
      const found = known.get(copy) ?? isKnown(name, copy);
      known.set(copy, found);
      return found;
    },
  };
};

/**
 * Leaves parts of libraries out of a bundle.
 *
 * @param onChange for a package that has changed a file which is replaced: the build fails, unless
 * all files of this package are to be kept as they are. Files of two releases may not fit
 * @throws {Error} for a part that is unknown.
 */
export const omissions = (
  parts: readonly OmittablePart[],
  onChange: 'fail' | 'keep' = 'fail',
): Plugin => {
  const byPart: Readonly<Record<string, readonly Replacement[] | undefined>> = replacementsByPart;
  const replacements = parts.flatMap((part) => {
    const ofPart = byPart[part];
    if (ofPart) return ofPart.map((one): OfPart => ({ ...one, part }));
    throw new Error(
      `Cannot omit '${part}' from a bundle: the parts are ${Object.keys(byPart).join(', ')}`,
    );
  });
  const byFile = Map.groupBy(replacements, ({ package: name, file }) => `${name}/${file}`);
  return {
    name: 'antipode-omissions',
    setup: (build) => {
      const known = knownCopies(replacements);
      build.onStart(known.forget);
      for (const [file, ofFile] of byFile) {
        // esbuild runs the filter in Go and asks about each file that matches, on any system's
        // paths.
        const filter = new RegExp(
          `[\\\\/]node_modules[\\\\/]${quoted(file).replaceAll('\\/', '[\\\\/]')}$`,
        );
        build.onLoad({ filter }, async ({ path }) => {
          const [first] = ofFile;
          const keeps = onChange === 'keep' && first && !(await known.includes(path, first));
          if (keeps) return undefined;
          const contents = ofFile.reduce(
            (source, { replace }) => replace(source),
            await readFile(path, 'utf8'),
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
