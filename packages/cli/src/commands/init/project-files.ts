import { globSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { InitOptions } from './options.ts';
import type { OwnPackage } from './own-packages.ts';

/** The content of each file of a project, by its path in the project's folder. */
export type ProjectFiles = ReadonlyMap<string, string | Uint8Array>;

const templates = fileURLToPath(new URL('../../../templates', import.meta.url));

/** npm leaves files such as `.gitignore` out of a package, so they have other names there. */
const pathInProject = (path: string): string => path.replaceAll('\\', '/').replace(/^_/, '.');

/** Files of one folder of the templates, as they are. */
const filesOf = (folder: string): readonly (readonly [path: string, text: string])[] =>
  ['**/*', '.github/**/*']
    .flatMap((pattern) => globSync(pattern, { cwd: join(templates, folder) }))
    .filter((path) => statSync(join(templates, folder, path)).isFile())
    .map((path) => [pathInProject(path), readFileSync(join(templates, folder, path), 'utf8')]);

/** A copy in the project, so that it can be installed on any machine. */
const vendored = (archive: string): string => `vendor/${basename(archive)}`;

type Manifest = Readonly<Record<'dependencies' | 'devDependencies', Record<string, string>>>;

/** The template's manifest, in which its packages of this release have their place. */
const manifestWith = (text: string, packages: readonly OwnPackage[]): string => {
  const manifest = JSON.parse(text) as Manifest;
  for (const { name, version, archive } of packages) {
    const part = name in manifest.dependencies ? 'dependencies' : 'devDependencies';
    manifest[part][name] = archive === undefined ? version : `file:${vendored(archive)}`;
  }
  return `${JSON.stringify(manifest, undefined, 2)}\n`;
};

/** Makes the files of a new project. The service of the templates is called `web-shop`. */
export const projectFiles = (
  { name, schema, template }: Omit<InitOptions, 'folder'>,
  packages: readonly OwnPackage[],
): ProjectFiles => {
  const texts = [...filesOf('shared'), ...filesOf(template)].map(([path, text]) => {
    const named = text.replaceAll('web-shop', name).replaceAll('web_shop', schema);
    return [path, path === 'package.json' ? manifestWith(named, packages) : named] as const;
  });
  const archives = packages.flatMap(({ archive }) =>
    archive === undefined ? [] : [[vendored(archive), readFileSync(archive)] as const],
  );
  return new Map<string, string | Uint8Array>([...texts, ...archives]);
};
