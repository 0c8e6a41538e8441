import { packageEntries } from './packages.ts';
import { codeOf, type Import, importsOf, type SourceFile } from './tree.ts';

/** One breach of a rule: where, and what is wrong there. */
export type Finding = { readonly path: string; readonly problem: string };

export type Rule = (sources: readonly SourceFile[]) => readonly Finding[];

/** An entry wires and nothing else; what needs more lines belongs into a factory with tests. */
const entryLinesMax = 40;

/**
 * `new Date(milliseconds)` is a conversion and stays allowed; without an argument it reads the
 * clock.
 */
const impureCall =
  /\bnew Date\b(?!\s*\(\s*[^)\s])|(?<!new )\bDate\(|\bDate\.now\b|\bMath\.random\b|\brandomUUID\b|\bperformance\b/g;

/** The domain reads no clock and draws no random number: time and ids are arguments. */
export const domainIsPure: Rule = (sources) =>
  sources
    .filter(({ path }) => path.startsWith('src/domain/'))
    .flatMap(({ path, text }) =>
      [...codeOf(text).matchAll(impureCall)].map(([call]) => ({ path, problem: `uses ${call}` })),
    );

/** An entry file exports `handler` alone and stays within its lines. */
export const entriesAreThin: Rule = (sources) =>
  sources
    .filter(({ path }) => path.endsWith('.lambda.ts'))
    .flatMap(({ path, text }) => {
      const lines = text.trimEnd().split('\n').length;
      const exported = [...codeOf(text).matchAll(/^export\b.*/gm)].map(([line]) => line);
      const onlyHandler =
        exported.length === 1 && /^export const handler\b/.test(exported[0] ?? '');
      return [
        ...(lines > entryLinesMax ? [{ path, problem: `has ${lines} lines` }] : []),
        ...(onlyHandler ? [] : [{ path, problem: 'must export handler, and only that' }]),
      ];
    });

const layers = [
  'domain',
  'adapters',
  'handlers',
  'internal',
  // It plays whole functions, for which a service has the packages that they need.
  'testing/simulation',
  'testing',
  'infra',
  'local-dsql',
  // Projects that `antipode init` writes: examples in all but their place.
  'cli/templates',
  'cli',
  'pack',
  'bench',
  'docs',
  'examples',
  'test',
] as const;
type Layer = (typeof layers)[number];

const layerOf = (path: string): Layer | undefined =>
  layers.find((layer) =>
    [`${layer}/`, `src/${layer}/`, `packages/${layer}/`].some((folder) => path.startsWith(folder)),
  );

/** The layers that each layer may import, at run time and for types. */
const mayImport: Readonly<Record<Layer, readonly Layer[]>> = {
  domain: [],
  adapters: ['domain'],
  handlers: ['domain', 'adapters'],
  internal: ['domain', 'adapters'],
  'testing/simulation': ['domain', 'adapters', 'handlers'],
  testing: ['domain', 'adapters', 'local-dsql'],
  infra: ['domain'],
  'local-dsql': [],
  'cli/templates': ['domain', 'adapters', 'handlers', 'testing', 'infra', 'cli'],
  cli: ['domain', 'internal', 'local-dsql'],
  pack: [],
  bench: layers,
  docs: [
    ...(['domain', 'adapters', 'handlers', 'testing', 'testing/simulation'] as const),
    ...(['infra', 'local-dsql', 'cli'] as const),
  ],
  examples: ['domain', 'adapters', 'handlers', 'testing', 'testing/simulation', 'infra', 'cli'],
  test: layers,
};

const ofReference = (path: string): boolean => path.split('/').includes('ledger');

/** An entry runs in Lambda, wherever it lies: it wires what a handler may know. */
const isEntry = (path: string): boolean => path.endsWith('.lambda.ts');

/** A service's declaration, from which its deployment is made. */
const declaration = /^src\/adapters\/[^/]+\/service\.ts$/;

/**
 * The deployment may read declarations and migrations, the command line run them, and both see the
 * types of everything.
 */
const allowedBeyond = (path: string, from: Layer, { target, typeOnly }: Import): boolean =>
  (isEntry(path) && target.startsWith('src/')) ||
  (from === 'infra' && declaration.test(target)) ||
  (path.startsWith('packages/cli/src/commands/') && target.startsWith('src/adapters/')) ||
  ((from === 'infra' || from === 'cli') &&
    target.startsWith('src/') &&
    (typeOnly || target.split('/').includes('migrations')));

/**
 * The folder of the package that a file belongs to; tests and measurements look into all of them.
 */
const packageOf = (path: string): string | undefined => {
  if (/^(?:test|bench)\//.test(path)) return undefined;
  return /^packages\/[^/]+/.exec(path)?.[0] ?? '.';
};

const breach = (from: string, imported: Import): string | undefined => {
  const [own, other] = [packageOf(from), packageOf(imported.target)];
  if (imported.relative && own !== undefined && own !== other) {
    return `imports ${imported.target} of another package: use its name`;
  }
  const layer = layerOf(from);
  const target = layerOf(imported.target);
  if (layer === undefined || target === undefined) return `imports ${imported.target}, of no layer`;
  if (ofReference(imported.target) && !ofReference(from)) {
    return `belongs to the framework and imports the reference service: ${imported.target}`;
  }
  if (layer === target || mayImport[layer].includes(target)) return undefined;
  return allowedBeyond(from, layer, imported)
    ? undefined
    : `${layer} may not import ${imported.target}`;
};

/** Dependencies point inward, and the framework never knows the reference service. */
export const dependenciesPointInward: Rule = (sources) =>
  sources.flatMap((source) =>
    importsOf(source)
      .map((imported) => ({
        ...imported,
        target: packageEntries.get(imported.target) ?? imported.target,
      }))
      .filter(({ relative, target }) => relative || layerOf(target) !== undefined)
      .flatMap((imported) => {
        const problem = breach(source.path, imported);
        return problem === undefined ? [] : [{ path: source.path, problem }];
      }),
  );

/** Packages that belong to one technology, and the folders that may import them. */
const vendors: readonly (readonly [name: RegExp, folders: RegExp])[] = [
  [/^aws-cdk-lib|^constructs$/, /^(infra|docs\/examples|test|bench)\//],
  [/^@middy\//, /^(src\/handlers|docs\/examples|test|bench)\//],
  [
    /^@aws-lambda-powertools\//,
    /^(src\/(adapters\/powertools|handlers)|infra|docs\/examples|test|bench)\//,
  ],
  [/^@opentelemetry\//, /^(src\/adapters\/opentelemetry|docs\/examples|test|bench)\//],
  [
    /^(pg|kysely)$/,
    /^(src\/adapters\/(dsql|ledger|powertools)|src\/(handlers|testing)|packages|docs\/examples|test|bench)\//,
  ],
];

/** A vendor's package stays in the layer that is named for it; `memory` needs none at all. */
export const vendorsStayOutside: Rule = (sources) =>
  sources.flatMap((source) =>
    importsOf(source)
      .filter(({ relative }) => !relative)
      .filter(
        ({ target }) =>
          vendors.some(([name, folders]) => name.test(target) && !folders.test(source.path)) ||
          (source.path.startsWith('src/adapters/memory/') && !target.startsWith('node:')),
      )
      .map(({ target }) => ({ path: source.path, problem: `may not import ${target}` })),
  );

/** Layers whose code runs on a person's machine or in Lambda. */
const shipped = /^(?:src|infra|packages)\//;

/**
 * The files that may listen: the HTTP ports with their guard, the DSQL endpoint, which speaks TLS
 * and checks tokens, and the check of a port, which closes it at once.
 */
const listeners = [
  'packages/local-dsql/src/http/loopback-server.ts',
  'packages/local-dsql/src/server/endpoint.ts',
  'packages/local-dsql/src/runs/port-check.ts',
];

const makesServer = /\bcreate(?:Secure)?Server\b|\bnew\s+(?:\w+\.)?Server\b/g;

/** Every port of the local stack has its one guard: no other file that ships makes a server. */
export const serversAreGuarded: Rule = (sources) =>
  sources
    .filter(({ path }) => shipped.test(path) && !listeners.includes(path))
    .flatMap(({ path, text }) =>
      [...codeOf(text).matchAll(makesServer)].map(([call]) => ({
        path,
        problem: `listens by ${call}: use startLoopbackServer`,
      })),
    );

/** The one file that may know where the temporary folder is. */
const temporaryFolders = 'packages/local-dsql/src/folders/temporary-folder.ts';

/** A temporary path whose name others can know in advance. */
const predictable = /(?<!mkdtemp(?:Sync)?\(\s*join\(\s*)\btmpdir\(\)/g;

/** Calls that change what a link leads to. */
const followsLinks = /(?<![.\w])(?:chmod|chown)(?:Sync)?\(/g;

/**
 * Temporary files lie in new folders with random names, and rights are changed through an open
 * file: another user may have put a file or a link at a path that can be known.
 */
export const pathsAreOurOwn: Rule = (sources) =>
  sources.flatMap(({ path, text }) => {
    const code = codeOf(text);
    const ships = shipped.test(path);
    const found = [
      ...(ships && path !== temporaryFolders ? code.matchAll(/\btmpdir\b/g) : []),
      ...(ships ? text.matchAll(/['"`]\/(?:var\/)?tmp\b/g) : code.matchAll(predictable)),
      ...(ships ? code.matchAll(followsLinks) : []),
    ];
    return found.map(([call]) => ({ path, problem: `uses ${call}: see ${temporaryFolders}` }));
  });

type LockedPackage = {
  readonly version?: string;
  readonly resolved?: string;
  readonly link?: boolean;
};

/** The lock file names no download address, and Powertools is there once (else two are bundled). */
export const lockFileIsPortable = (lockFile: string): readonly Finding[] => {
  const { packages } = JSON.parse(lockFile) as {
    readonly packages: Readonly<Record<string, LockedPackage>>;
  };
  const entries = Object.entries(packages);
  const powertools = entries.filter(([name]) =>
    name.includes('node_modules/@aws-lambda-powertools/'),
  );
  const versions = new Set(powertools.map(([, { version }]) => version));
  return [
    ...entries
      .filter(([, { resolved, link }]) => resolved !== undefined && link !== true)
      .map(([path]) => ({ path, problem: 'names its download address' })),
    ...(versions.size > 1
      ? [
          {
            path: 'package-lock.json',
            problem: `Powertools in versions ${[...versions].join(', ')}`,
          },
        ]
      : []),
  ];
};

type Manifest = Readonly<Record<string, Readonly<Record<string, string>> | undefined>>;

/**
 * Versions are exact: npm resolves a range by the Node that installs, and takes an old one. `file:`
 * links packages of this tree.
 */
export const versionsAreExact = (manifest: string): readonly Finding[] => {
  const parsed = JSON.parse(manifest) as Manifest;
  return ['dependencies', 'devDependencies', 'optionalDependencies'].flatMap((field) =>
    Object.entries(parsed[field] ?? {})
      .filter(
        ([, version]) =>
          !version.startsWith('file:..') && (!/^\d/.test(version) || /[ *x|]/.test(version)),
      )
      .map(([name, version]) => ({ path: 'package.json', problem: `${name} is ${version}` })),
  );
};
