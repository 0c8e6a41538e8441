/**
 * The parts of the dialect that most functions never reach. They are one module, so that a bundle
 * has one file for them: each file that it loads at start costs about half a millisecond.
 */
export { kyselyTables, readSchemas, readTables } from './catalog.ts';
export { KyselyConnection } from './kysely-connection.ts';
export { acquireMigrationLock } from './migration-lock.ts';
