import { methods, type Replacement, refuse, replacePart } from './replacement.ts';

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

/** A client ends in an error, as where a login fails. */
export const clientWithoutChallenges: Replacement = {
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
export const withoutQueries: readonly Replacement[] = [
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
export const settingsAsGiven: Replacement = {
  package: 'pg',
  file: 'lib/connection-parameters.js',
  sha256: '6b6548f99acba3502663a17a180582ba8e1f1725aa9d94b5f47cac19dcb6211b',
  replace: () => givenSettings,
};
