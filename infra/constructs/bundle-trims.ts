import { readFile } from 'node:fs/promises';
import type { Plugin } from 'esbuild';

/** CommonJS that throws when it is used; everything else about it stays possible. */
const refused = (what: string): string =>
  `const refuse=()=>{throw new Error(${JSON.stringify(`${what} is left out of bundles`)})};`;

/**
 * Modules that a function on DSQL never runs, though its libraries load them: what stands in their place.
 *
 * They are a sixth of a function's code; the rest of a library is as published.
 */
const replacements: Readonly<Record<string, string>> = {
  // The binding to libpq needs a compiler to install.
  'pg/lib/native/index.js': refused('The native driver of pg'),
  // DSQL takes a token in clear text inside TLS, so there are no challenges to answer.
  'pg/lib/crypto/sasl.js': `${refused('SCRAM of pg')}exports.startSession=refuse;`,
  'pg/lib/crypto/utils.js': `${refused('MD5 of pg')}exports.postgresMd5PasswordHash=refuse;`,
  // Lambda has no home folder with a password file.
  'pgpass/lib/index.js': 'module.exports=(_,done)=>done();',
  // One execution environment handles one request: a pool of its own would hide the state of the connection.
  'pg-pool/index.js': `${refused('The pool of pg')}module.exports=class{constructor(){refuse()}};`,
  // Tables are named with their schema; rewriting queries at run time would cost each of them.
  'kysely/dist/plugin/with-schema/with-schema-plugin.js': `${refused("Kysely's withSchema")}export class WithSchemaPlugin{constructor(){refuse()}}`,
  // A connection is described by its parts; a URL would hold the token.
  'pg-connection-string/index.js': `${refused('A connection string')}module.exports={parse:refuse};`,
  // Migrations are SQL, and DSQL refuses MERGE.
  'kysely/dist/schema/schema-module.js': `${refused("Kysely's schema builder")}export class SchemaModule{constructor(){refuse()}}`,
  'kysely/dist/dialect/postgres/postgres-introspector.js': `${refused("Kysely's introspection")}export class PostgresIntrospector{constructor(){refuse()}}`,
  'kysely/dist/query-builder/merge-query-builder.js': `${refused("Kysely's MERGE")}export class MergeQueryBuilder{constructor(){refuse()}}`,
  // Lambda tells the Region in the environment and has no metadata of an instance.
  '@smithy/core/dist-es/submodules/config/config-resolver/regionConfig/getInstanceMetadataRegion.js':
    'export const getInstanceMetadataRegion=async()=>undefined;',
  // Lambda has no home folder with AWS's configuration files; looking for them would open two.
  '@smithy/core/dist-es/submodules/config/shared-ini-file-loader/loadSharedConfigFiles.js':
    'export{CONFIG_PREFIX_SEPARATOR}from"./constants";export const loadSharedConfigFiles=async()=>({configFile:{},credentialsFile:{}});',
  // Node has SHA-256 of its own.
  '@smithy/core/dist-es/submodules/checksum/sha256/Sha256Js.js': `${refused("The SDK's SHA-256 in JavaScript")}export class Sha256Js{constructor(){refuse()}}`,
  // The outbox is the retry that counts; a client's own are the standard ones.
  '@smithy/core/dist-es/submodules/retry/util-retry/DefaultRateLimiter.js': `${refused("The SDK's adaptive retry mode")}export class DefaultRateLimiter{constructor(){refuse()}}`,
  // It reads a browser's name out of its user agent.
  '@aws-sdk/core/dist-es/submodules/client/util-user-agent-browser/createUserAgentStringParsingProvider.js': `${refused('The user agent of a browser')}export const createUserAgentStringParsingProvider=refuse;`,
};

/** A client reads its version from its whole `package.json`. */
const clientPackage = /@aws-sdk[\\/]client-[^\\/]+[\\/]package\.json$/;

const versionOnly = async (path: string): Promise<string> => {
  const { version } = JSON.parse(await readFile(path, 'utf8')) as { readonly version: string };
  return JSON.stringify({ version });
};

/** Packages that only declare things, but do not say so: what of them is not used can go. */
const withoutSideEffects = /^@aws-lambda-powertools\//;

/** Matches replaced modules only: esbuild asks its plugins about each file that they match. */
const replaced = new RegExp(
  Object.keys(replacements)
    .map((module) => `[\\\\/]${module.replaceAll('.', '\\.').replaceAll('/', '[\\\\/]')}$`)
    .join('|'),
);

const replacementOf = (path: string): string | undefined => {
  const [, module = ''] = path.replaceAll('\\', '/').split(/^.*\/node_modules\//);
  return replacements[module];
};

/** Leaves out of a bundle what its function never runs. */
export const trims: Plugin = {
  name: 'antipode-trims',
  setup: (build) => {
    build.onLoad({ filter: replaced }, ({ path }) => {
      const contents = replacementOf(path);
      return contents === undefined ? undefined : { contents, loader: 'js' };
    });
    build.onLoad({ filter: clientPackage }, async ({ path }) => ({
      contents: await versionOnly(path),
      loader: 'json',
    }));
    build.onResolve({ filter: withoutSideEffects }, async ({ path, pluginData, ...asked }) => {
      // The same question comes back from `resolve`; then esbuild answers it.
      if (pluginData === trims.name) return undefined;
      const { importer, namespace, resolveDir, kind } = asked;
      const options = { importer, namespace, resolveDir, kind, pluginData: trims.name };
      return { ...(await build.resolve(path, options)), sideEffects: false };
    });
  },
};
