import { describeOneCommand } from './kysely-ctl.ts';

// The tests of the dialect run Kysely's migrator several times at once, and after a crash.
describeOneCommand();
