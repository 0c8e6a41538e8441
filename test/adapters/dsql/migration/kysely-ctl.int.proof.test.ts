import { describeSeveralCommands } from './kysely-ctl.ts';

describeSeveralCommands();
