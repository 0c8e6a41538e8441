import { globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { sourcePages } from './source-pages.ts';
import { root, runTool, site, staged } from './tools.ts';

type Manifest = { readonly name: string; readonly exports: Readonly<Record<string, string>> };

/** A public subpath of a package, and the file that lists its names. */
export type Subpath = { readonly name: string; readonly file: string };

const read = (path: string): string => readFileSync(join(root, path), 'utf8');

/** The other subpaths serve the packages of the same version, and say so. */
const isPublic = ({ name, file }: Subpath): boolean =>
  file.endsWith('.ts') && !/^antipode(?:\/internal|-local-dsql)\//.test(name);

/** Every public subpath of the packages of this tree. */
export const subpaths: readonly Subpath[] = ['.', 'packages/local-dsql', 'packages/cli']
  .flatMap((folder) => {
    const manifest = JSON.parse(read(join(folder, 'package.json'))) as Manifest;
    return Object.entries(manifest.exports).map(([subpath, file]) => ({
      name: posix.join(manifest.name, subpath),
      file: posix.join(folder, file),
    }));
  })
  .filter(isPublic);

/** How TypeDoc reads the sources. Only the compiler of the project judges them. */
const compilerOptions = {
  extends: join(root, 'tsconfig.base.json'),
  compilerOptions: {
    composite: false,
    noEmit: true,
    rootDir: root,
    types: ['node'],
    typeRoots: [join(root, 'node_modules/@types')],
  },
  files: subpaths.map(({ file }) => join(root, file)),
};

const options = {
  entryPoints: subpaths.map(({ file }) => join(root, file)),
  tsconfig: join(site, 'reference.tsconfig.json'),
  skipErrorChecking: true,
  plugin: ['typedoc-plugin-markdown', join(root, 'docs/site/subpath-names.ts')],
  out: join(staged, 'reference'),
  readme: 'none',
  name: 'Reference of every public symbol',
  basePath: root,
  disableGit: true,
  sourceLinkTemplate: '/source/{path}.html#L{line}',
  excludeExternals: true,
  excludePrivate: true,
  excludeProtected: true,
  router: 'module',
  entryFileName: 'index',
  fileExtension: '.md',
  hideBreadcrumbs: true,
  hidePageHeader: true,
  useHTMLAnchors: true,
  parametersFormat: 'table',
  interfacePropertiesFormat: 'table',
  classPropertiesFormat: 'table',
  typeAliasPropertiesFormat: 'table',
  propertyMembersFormat: 'table',
  tableColumnSettings: { hideSources: true, hideInherited: true, hideOverrides: true },
  // Docstrings that a class inherits name symbols of other packages, whose pages are elsewhere.
  externalSymbolLinkMappings: { kysely: { '*': '#' } },
  requiredToBeDocumented: ['Variable', 'Function', 'Class', 'Interface', 'TypeAlias', 'Method'],
  packagesRequiringDocumentation: ['antipode', 'antipode-local-dsql', 'antipode-cli'],
  validation: { notDocumented: true, notExported: false, invalidLink: true },
  treatWarningsAsErrors: true,
};

/** Links of the reference to the lines of a file. */
const sources = /\(\/source\/([^)#]+)\.html#L\d+\)/g;

/** Writes one page per subpath, of all that it exports. */
export const stageReference = async (): Promise<void> => {
  mkdirSync(site, { recursive: true });
  writeFileSync(options.tsconfig, JSON.stringify(compilerOptions));
  writeFileSync(join(site, 'typedoc.json'), JSON.stringify(options));
  const typedoc = join(site, 'node_modules/typedoc/bin/typedoc');
  await runTool(process.execPath, [typedoc, '--options', join(site, 'typedoc.json')]);
  for (const page of globSync('**/*.md', { cwd: options.out })) {
    const text = readFileSync(join(options.out, page), 'utf8');
    for (const [, file = ''] of text.matchAll(sources)) sourcePages.add(file);
  }
};
