import { instead, methods, type Replacement, refuse, replacePart } from './replacement.ts';

/** Settings that `pg` would look for in the environment, and whose defaults reach no cluster. */
const settings = ['host', 'port', 'user', 'database', 'password'];

/** The settings of a client as they are given, all of them. */
const givenSettings = `${refuse('pg/connection-string')}
module.exports=class{constructor(given){
  const {password,...rest}=given??{};
  const bare=${JSON.stringify(settings)}.some(name=>!given?.[name])||!['boolean','object'].includes(typeof rest.ssl);
  if(bare||rest.connectionString||rest.sslnegotiation==='direct'&&!rest.ssl)refuse();
  Object.assign(this,rest,{port:parseInt(rest.port,10),isDomainSocket:rest.host[0]==='/'});
  Object.defineProperty(this,'password',{configurable:true,enumerable:false,writable:true,value:password});
}};`;

/** Methods of `pg`'s client that answer a challenge of the server. */
const challenges = '_handleAuthMD5Password|_handleAuthSASL';

/** Methods that go on after the first challenge. */
const laterChallenges = '_handleAuthSASLContinue|_handleAuthSASLFinal';

const client: Pick<Replacement, 'package' | 'file' | 'sha256'> = {
  package: 'pg',
  file: 'lib/client.js',
  sha256: 'ad6aa93c26b0bf26db1f2ebe74216212790a04c41af5585c63760f9fa8322a32',
};

/** Notices of `pg`'s client. */
const notices = 'activeQuery|queryQueue|pgPass|byoPromise|queryQueueLength';

/** Calls a function that does nothing where `pg` would warn. */
const withoutDeprecations: Replacement = {
  ...client,
  replace: (source) =>
    replacePart(source, {
      start: 'const activeQueryDeprecationNotice = nodeUtils.deprecate(\n',
      end: '\nfunction coerceNumberOrDefault(',
      instead: `${notices
        .split('|')
        .map((name) => `const ${name}DeprecationNotice=()=>{};`)
        .join('')}\nfunction coerceNumberOrDefault(`,
    }),
};

/** A client ends in an error, as where a login fails. */
const clientWithoutChallenges: Replacement = {
  ...client,
  replace: (source) =>
    `${refuse('pg/password-challenges', 'refuseLogin')}${source
      .replaceAll(
        methods(challenges),
        "$1$3(){try{refuseLogin()}catch(error){this.connection.emit('error',error)}}\n",
      )
      .replaceAll(methods(laterChallenges), '$1$3(){}\n')}`,
};

/** Refuses a query that the client makes itself, and one with a timeout. */
const refuseOwnQueries = (source: string): string =>
  replacePart(
    replacePart(source, {
      start: '      query = new Query(',
      end: '\n    }\n\n    const readTimeout = ',
      instead: '      refuseQuery()\n    }\n\n    const readTimeout = ',
    }),
    {
      start: '\n    if (readTimeout) {\n',
      end: '\n    }\n',
      instead: '\n    if (readTimeout) refuseQuery()\n',
    },
  );

/** Queries of a class that writes and reads its own messages still run. */
const withoutQueries: readonly Replacement[] = [
  {
    ...client,
    replace: (source) =>
      `${refuse('pg/queries', 'refuseQuery')}${refuseOwnQueries(source).replaceAll(
        methods('cancel'),
        '$1$3(){refuseQuery()}\n',
      )}`,
  },
  {
    package: 'pg',
    file: 'lib/query.js',
    sha256: 'ecf885185f0ad8b82c680a184d65bc08462fd2adee047218268c35dade9f8913',
    replace: (source) =>
      `${refuse('pg/queries')}${source
        .replaceAll(methods('submit|prepare|_getRows'), '$1$3(){refuse()}\n')
        .replaceAll(methods('requiresPreparation|hasBeenParsed'), '$1$3(){refuse()}\n')}`,
  },
  {
    package: 'pg',
    file: 'lib/utils.js',
    sha256: '0348fa1818f4490823187cafc3d31738de7fe3bd30dd0cd12711c272367b2d80',
    replace: () =>
      `${refuse('pg/queries')}module.exports={prepareValue:refuse,escapeIdentifier:refuse,escapeLiteral:refuse,normalizeQueryConfig:(text,values,callback)=>typeof text==='string'&&!values&&!callback?{text}:refuse()};`,
  },
];

/** Takes a client's settings from its options only. */
const settingsAsGiven: Replacement = {
  package: 'pg',
  file: 'lib/connection-parameters.js',
  sha256: '6b6548f99acba3502663a17a180582ba8e1f1725aa9d94b5f47cac19dcb6211b',
  replace: () => givenSettings,
};

/** Parts of `pg`; see `bundle-parts.ts`. */
export const pgParts = {
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
  /** `pg.types.builtins`, the OIDs of types by their names. */
  'pg/type-names': [
    {
      package: 'pg-types',
      file: 'lib/builtins.js',
      sha256: '09213197e4b44012e4c83669aa80884a189e90c777ddfef1f44c90c412167354',
      replace: instead('pg/type-names', 'module.exports=new Proxy({},{get:refuse});'),
    },
  ],
  /** Warnings about uses that the next version of `pg` will not have. */
  'pg/deprecations': [withoutDeprecations],
  /** Sockets of Cloudflare's Workers; Lambda runs Node, which has its own. */
  'pg/cloudflare-sockets': [
    {
      package: 'pg',
      file: 'lib/stream.js',
      sha256: '0bd4001775301604ddf7c94152e05f6f30a9354876717bdae2ab636d00eb12ba',
      replace: () =>
        "module.exports={getStream:()=>new(require('net').Socket)(),getSecureStream:options=>require('tls').connect(options)};",
    },
  ],
} as const satisfies Readonly<Record<string, readonly Replacement[]>>;
