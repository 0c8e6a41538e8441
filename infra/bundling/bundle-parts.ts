import { clientWithoutChallenges, settingsAsGiven, withoutQueries } from './pg-parts.ts';
import { methods, type Replacement, refuse, replacePart } from './replacement.ts';

const instead =
  (part: string, code: string): Replacement['replace'] =>
  () =>
    `${refuse(part)}${code}`;

/** Exports a class that cannot be made. */
const noClass = (part: string, name: string): Replacement['replace'] =>
  instead(part, `export class ${name}{constructor(){refuse()}}`);

/** Takes methods for nodes out of Kysely's compiler, and puts one in their place that refuses. */
const withoutNodes =
  (part: string, refusal: string, nodes: string): Replacement['replace'] =>
  (source) =>
    `${refuse(part, refusal)}${source.replaceAll(methods(`visit(?:${nodes})`), '')}
    for(const node of'${nodes}'.split('|'))DefaultQueryCompiler.prototype['visit'+node]=${refusal};`;

/**
 * Finds the method of a node by its kind, where Kysely binds all hundred of them for each compiler:
 * the same methods are called, by names that are kept.
 */
const visitorsByKind: Replacement['replace'] = (source) =>
  `const names={__proto__:null};${replacePart(source, {
    start: '    #visitors = freeze({\n',
    end: '\n    });\n',
  }).replace(
    'this.#visitors[node.kind](node)',
    "this[names[node.kind]??='visit'+node.kind.slice(0,-4)](node)",
  )}`;

/** Nodes that only the schema builder makes. */
const schemaNodes = [
  'AddColumn|AddConstraint|AddIndex|AddValue|AlterColumn|AlterTable|AlterType|CheckConstraint',
  'ColumnDefinition|CreateIndex|CreateSchema|CreateTable|CreateType|CreateView|DefaultValue',
  'DropColumn|DropConstraint|DropIndex|DropSchema|DropTable|DropType|DropView',
  'ForeignKeyConstraint|Generated|ModifyColumn|PrimaryKeyConstraint|References',
  'RefreshMaterializedView|RenameColumn|RenameConstraint|RenameValue|UniqueConstraint',
].join('|');

const queryCompiler = {
  package: 'kysely',
  file: 'dist/query-compiler/default-query-compiler.js',
  sha256: '86c50bb5d92cfa0dce8a4ed59e0ad0aa94adb24dd9375cd332f49205bbd4d490',
} as const;

const smithyConfig = 'dist-es/submodules/config';

/**
 * Parts of libraries that a function may do without. `bundle` leaves out those that it is told to,
 * since no tool can prove that code never reaches them.
 */
export const replacementsByPart = {
  /** `db.schema`. Kysely's `Migrator` needs it, and `kysely/introspection`. */
  'kysely/schema-builder': [
    {
      package: 'kysely',
      file: 'dist/schema/schema-module.js',
      sha256: '4ceedd2be8a4f41087e8100008063c89d173beacf8e846e4f392334f851614ae',
      replace: noClass('kysely/schema-builder', 'SchemaModule'),
    },
    {
      ...queryCompiler,
      replace: withoutNodes('kysely/schema-builder', 'refuseSchema', schemaNodes),
    },
    {
      package: 'kysely',
      file: 'dist/operation-node/operation-node-visitor.js',
      sha256: '740dfcedcaa4c72afa087e1a82e6863dfc00414a9b7f9bcb891fbb660bce17a3',
      replace: visitorsByKind,
    },
  ],
  /** `db.withSchema` and `WithSchemaPlugin`. */
  'kysely/with-schema': [
    {
      package: 'kysely',
      file: 'dist/plugin/with-schema/with-schema-plugin.js',
      sha256: '9099ca360956cdc26227e213a984e1cd5a6dade4fe9b5e682837c7da3ae6ce17',
      replace: noClass('kysely/with-schema', 'WithSchemaPlugin'),
    },
  ],
  /** `db.introspection` on PostgreSQL's dialect. */
  'kysely/introspection': [
    {
      package: 'kysely',
      file: 'dist/dialect/postgres/postgres-introspector.js',
      sha256: '2a69506e74f85f2b5115cac6c94f0934ec91b3b82f73ee5f87663ed50afa36cd',
      replace: noClass('kysely/introspection', 'PostgresIntrospector'),
    },
  ],
  /** `db.mergeInto`; DSQL refuses MERGE. */
  'kysely/merge': [
    {
      package: 'kysely',
      file: 'dist/query-builder/merge-query-builder.js',
      sha256: '8922488959797024bd5fdc97456f456a04c7f186c208e106bf2873760474814b',
      replace: noClass('kysely/merge', 'MergeQueryBuilder'),
    },
    {
      ...queryCompiler,
      replace: withoutNodes('kysely/merge', 'refuseMerge', 'Matched|MergeQuery'),
    },
  ],
  /** `pg.native`, the binding to libpq, which needs a compiler to install. */
  'pg/native': [
    {
      package: 'pg',
      file: 'lib/native/index.js',
      sha256: '99fb61cb78a6d78b7a5fc0b9ac264ad58272af48be4bc50bfdb948b1342e3292',
      replace: instead('pg/native', 'refuse();'),
    },
  ],
  /** `pg.Pool`. */
  'pg/pool': [
    {
      package: 'pg-pool',
      file: 'index.js',
      sha256: '6f304776edaabde2954cbf8c4366fa6d9512bfba0e408e78cc56b3c46c69d058',
      replace: instead('pg/pool', 'module.exports=class{constructor(){refuse()}};'),
    },
  ],
  /** Logins by SCRAM and MD5; DSQL takes a token in clear text inside TLS. */
  'pg/password-challenges': [
    {
      package: 'pg',
      file: 'lib/crypto/sasl.js',
      sha256: '99f1a2607fe2a29f1c4dd1aaf43dec0fc2b5de8755de72b39d3aa8c575bd6a71',
      replace: instead('pg/password-challenges', 'exports.startSession=refuse;'),
    },
    {
      package: 'pg',
      file: 'lib/crypto/utils.js',
      sha256: 'a849cfe22d7590d79ddee76c8d7a058e2b67360a0d76683275d34133e5637117',
      replace: instead('pg/password-challenges', 'exports.postgresMd5PasswordHash=refuse;'),
    },
    clientWithoutChallenges,
  ],
  /** Passwords from the file `.pgpass`; without it, `pg` finds none there. */
  'pg/password-file': [
    {
      package: 'pgpass',
      file: 'lib/index.js',
      sha256: 'cc95b8ef6c32a9afdc48b85a5e7128d5e29567f8ded02d9bf7acd27c3d870c39',
      replace: () => 'module.exports=(_,done)=>done();',
    },
  ],
  /**
   * `client.query('SELECT …')` of `pg` itself, and its escaping; the framework's connections write
   * and read by a class of their own.
   */
  'pg/queries': withoutQueries,
  /**
   * `new pg.Client('postgres://…')`, the option `connectionString`, and the variables `PG…`: a
   * client must be given its settings.
   */
  'pg/connection-string': [
    {
      package: 'pg-connection-string',
      file: 'index.js',
      sha256: 'd8c0ca43dc70daf05a9ff5469c92fd0a3cbcd11cacf68156ebb19ee32d127cfd',
      replace: instead('pg/connection-string', 'module.exports=refuse;refuse.parse=refuse;'),
    },
    settingsAsGiven,
  ],
  /** Values of queries with `binary: true`; DSQL's own way in reads texts. */
  'pg/binary-values': [
    {
      package: 'pg-types',
      file: 'lib/binaryParsers.js',
      sha256: '4b0105414068ea96450ef0d420db9449c00c565c5894683955af15bf94075fb9',
      replace: instead(
        'pg/binary-values',
        'exports.init=register=>{for(const oid of[16,20,21,23,25,26,700,701,1000,1007,1008,1009,1016,1114,1184,1700])register(oid,refuse)};',
      ),
    },
  ],
  /**
   * Signatures of the messages in a stream to AWS, such as one of Transcribe; requests are signed
   * without it.
   */
  'aws-sdk/event-streams': [
    {
      package: '@smithy/signature-v4',
      file: 'dist-es/HeaderFormatter.js',
      sha256: 'd82a105e2abe3fbd67a4c0310d48f7b93354813de1dbf98083f76fd08d4583e7',
      replace: instead('aws-sdk/event-streams', 'export class HeaderFormatter{format(){refuse()}}'),
    },
  ],
  /** The Region from an instance's metadata; Lambda tells it in the environment. */
  'aws-sdk/instance-region': [
    {
      package: '@smithy/core',
      file: `${smithyConfig}/config-resolver/regionConfig/getInstanceMetadataRegion.js`,
      sha256: 'da6d439b0eb4d93a17f5919d6e9d349b3931b2ac9e913b13b7abe3e4f61ee9fa',
      replace: () => 'export const getInstanceMetadataRegion=async()=>undefined;',
    },
  ],
  /** AWS's configuration files, and settings in them; a client looks for two when it is made. */
  'aws-sdk/config-files': [
    {
      package: '@smithy/core',
      file: `${smithyConfig}/shared-ini-file-loader/loadSharedConfigFiles.js`,
      sha256: '6254ceb3bfa2d608c8b279c0171e80bc10025994dfad05dc978e597aa3471876',
      replace: () =>
        'export{CONFIG_PREFIX_SEPARATOR}from"./constants";export const loadSharedConfigFiles=async()=>({configFile:{},credentialsFile:{}});',
    },
  ],
  /** SHA-256 in JavaScript; Node has its own. */
  'aws-sdk/sha256-in-javascript': [
    {
      package: '@smithy/core',
      file: 'dist-es/submodules/checksum/sha256/Sha256Js.js',
      sha256: '54d26649ccb5c6f5d34f89bf22167db9f91eeab6c05af115f7b0dbf041081ec4',
      replace: noClass('aws-sdk/sha256-in-javascript', 'Sha256Js'),
    },
  ],
  /** CRC-32 in JavaScript; Node has its own since 22.2. */
  'aws-sdk/crc32-in-javascript': [
    {
      package: '@smithy/core',
      file: 'dist-es/submodules/checksum/crc32/Crc32Js.js',
      sha256: '3edb3089f1774cafe7ceda7ce598ee0ea07b92f41f395c511963460cdfd46e36',
      replace: noClass('aws-sdk/crc32-in-javascript', 'Crc32Js'),
    },
  ],
  /** The retry mode `adaptive`. */
  'aws-sdk/adaptive-retry': [
    {
      package: '@smithy/core',
      file: 'dist-es/submodules/retry/util-retry/DefaultRateLimiter.js',
      sha256: '32b28572e13668dba2520b02298ae894bc922a5523690f6ffb052fd1273c879b',
      replace: noClass('aws-sdk/adaptive-retry', 'DefaultRateLimiter'),
    },
  ],
  /**
   * Every source of credentials but Lambda's environment variables, such as profiles and roles of
   * other accounts.
   */
  'aws-sdk/credential-chain': [],
} as const satisfies Readonly<Record<string, readonly Replacement[]>>;

/** A part of a library that `bundle` can leave out. */
export type OmittablePart = keyof typeof replacementsByPart;

/**
 * Every part that `bundle` can leave out: what a function needs that reaches DSQL by
 * `antipode/dsql` with queries of its own and nothing else of Kysely and `pg`. Take out of it what
 * yours uses.
 *
 * @example
 * await bundle({ …, omit: omittableParts.filter((part) => part !== 'kysely/with-schema') });
 */
export const omittableParts = Object.keys(replacementsByPart) as readonly OmittablePart[];
