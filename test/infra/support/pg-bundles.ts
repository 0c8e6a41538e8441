import type { OmittedUse } from './omitted-use.ts';

/** Uses of `pg` that a bundle may do without. */
export const pgEntries: Readonly<Record<string, OmittedUse>> = {
  'connection string': [
    `import pg from 'pg';
     export const handler = () => {
       const { host, port, user } = new pg.Client('postgres://me@example.com:6543/d');
       return [host, port, user];
     };`,
    ['example.com', 6543, 'me'],
    'pg/connection-string',
  ],
  'settings of the environment': [
    `import pg from 'pg';
     export const handler = () => {
       process.env.PGHOST = 'example.com';
       const { host, port, database } = new pg.Client({ user: 'me', password: 'p', ssl: false });
       return [host, port, database];
     };`,
    ['example.com', 5432, 'me'],
    'pg/connection-string',
  ],
  'a connection string beside settings': [
    `import pg from 'pg';
     const settings = { host: 'h', port: 1, user: 'u', database: 'd', password: 'p', ssl: false };
     export const handler = () => new pg.Client({ ...settings, connectionString: 'postgres://example.com/e' }).host;`,
    'example.com',
    'pg/connection-string',
  ],
  "a query of pg's": [
    `import pg from 'pg';
     const sent = [];
     const connection = new Proxy({ parsedStatements: {}, submittedNamedStatements: {}, stream: {} }, {
       get: (held, name) => name in held ? held[name] : () => { sent.push(name); },
     });
     class Named extends pg.Query { constructor() { super('SELECT 1'); this.name = 'one'; } }
     export const handler = () => { new Named().submit(connection); return sent; };`,
    ['parse', 'bind', 'describe', 'execute', 'sync'],
    'pg/queries',
  ],
  'a query of a client': [
    `import pg from 'pg';
     const settings = { host: 'h', port: 1, user: 'u', database: 'd', password: 'p', ssl: false };
     export const handler = () => {
       const client = new pg.Client(settings);
       client.query('SELECT 1').catch(() => {});
       return client._queryQueue.length;
     };`,
    1,
    'pg/queries',
  ],
  'escaping of pg': [
    `import pg from 'pg'; export const handler = () => pg.escapeLiteral("a'b");`,
    "'a''b'",
    'pg/queries',
  ],
  'names of types': [
    `import pg from 'pg'; export const handler = () => pg.types.builtins.INT8;`,
    20,
    'pg/type-names',
  ],
  'binary values': [
    `import pg from 'pg';
     export const handler = () => pg.types.getTypeParser(23, 'binary')(Buffer.from([0, 0, 0, 7]));`,
    7,
    'pg/binary-values',
  ],
  'binary arrays': [
    `import pg from 'pg';
     export const handler = () => pg.types.getTypeParser(1007, 'binary')(Buffer.from('0'.repeat(24), 'hex'));`,
    [],
    'pg/binary-values',
  ],
  'password challenge': [
    `import sasl from 'pg/lib/crypto/sasl.js';
     export const handler = () => sasl.startSession(['SCRAM-SHA-256']).mechanism;`,
    'SCRAM-SHA-256',
    'pg/password-challenges',
  ],
  'password challenge of a server': [
    `import pg from 'pg';
     const settings = { host: 'h', port: 1, user: 'u', database: 'd', password: 'p', ssl: false };
     export const handler = async () => {
       const client = new pg.Client(settings);
       const answered = new Promise((resolve, reject) => {
         client.connection.on('error', reject);
         client.connection.sendSASLInitialResponseMessage = resolve;
       });
       client._handleAuthSASL({ mechanisms: ['SCRAM-SHA-256'] });
       return answered;
     };`,
    'SCRAM-SHA-256',
    'pg/password-challenges',
  ],
  'MD5 password': [
    `import utils from 'pg/lib/crypto/utils.js';
     export const handler = async () => (await utils.postgresMd5PasswordHash('u', 'p', Buffer.from('salt'))).slice(0, 3);`,
    'md5',
    'pg/password-challenges',
  ],
};

/** Of these nothing can be omitted. */
export const pgUntouched: Readonly<Record<string, readonly [code: string, answer: unknown]>> = {
  "a use that pg's next version does not have": [
    `import pg from 'pg';
     const settings = { host: 'h', port: 1, user: 'u', database: 'd', password: 'p', ssl: false };
     export const handler = () => new pg.Client(settings).activeQuery;`,
    null,
  ],
  'a socket of Node': [
    `import net from 'node:net';
     import stream from 'pg/lib/stream.js';
     export const handler = async () => {
       const socket = stream.getStream(true);
       const secured = stream.getSecureStream({ socket: new net.Socket(), rejectUnauthorized: false });
       return [socket instanceof net.Socket, secured.constructor.name];
     };`,
    [true, 'TLSSocket'],
  ],
  "settings of pg's client": [
    `import pg from 'pg';
     const ssl = { rejectUnauthorized: true, key: 'pem' };
     export const handler = () => {
       const client = new pg.Client({
         host: 'h', port: '5432', user: 'u', database: 'd', password: 'hidden', ssl, sslnegotiation: 'direct',
         application_name: 'app', connectionTimeoutMillis: 5000, keepAlive: true, pipeline: true,
       });
       const { host, port, user, database, replication, sslNegotiation, pipeline, binary } = client;
       const { isDomainSocket } = client.connectionParameters;
       const shown = [JSON.stringify(client.connectionParameters), Object.keys(client), Object.keys(client.ssl)].join();
       return {
         ...{ host, port, user, database, sslNegotiation, pipeline, isDomainSocket },
         replication: Boolean(replication), binary: Boolean(binary), password: client.password,
         secret: /hidden|pem|password/.test(shown), startup: client.getStartupConf(),
       };
     };`,
    {
      ...{ host: 'h', port: 5432, user: 'u', database: 'd', sslNegotiation: 'direct' },
      ...{ pipeline: true, isDomainSocket: false, replication: false, binary: false },
      ...{ password: 'hidden', secret: false },
      startup: { user: 'u', database: 'd', application_name: 'app' },
    },
  ],
  "a query of a class of one's own": [
    `import pg from 'pg';
     const settings = { host: 'h', port: 1, user: 'u', database: 'd', password: () => 'p', ssl: true, pipeline: true };
     class Own extends pg.Query {
       constructor() { super('own'); this.submit = () => { this.submitted = true; }; }
     }
     export const handler = async () => {
       const client = new pg.Client(settings);
       const own = new Own();
       client.query(own);
       const before = [client._queryQueue.length, own.submitted ?? false];
       client._connected = true;
       client._handleReadyForQuery({ status: 'I' });
       own.handleRowDescription({ fields: [{ name: 'n', dataTypeID: 23, format: 'text' }] });
       own.handleDataRow({ fields: ['7'] });
       own.handleCommandComplete({ text: 'SELECT 1' }, client.connection);
       own.handleRowDescription({ fields: [] });
       own.handleCommandComplete({ text: 'COMMIT' }, client.connection);
       const results = own._results.map(({ command, rowCount, rows }) => [command, rowCount, rows]);
       return [...before, own.submitted, results, client.getTransactionStatus()];
     };`,
    [
      1,
      false,
      true,
      [
        ['SELECT', 1, [{ n: 7 }]],
        ['COMMIT', null, []],
      ],
      'I',
    ],
  ],
};
