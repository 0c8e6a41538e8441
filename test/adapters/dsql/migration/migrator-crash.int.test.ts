import { describeMigratorCrashes } from '../../../support/migrator-crashes.ts';

describeMigratorCrashes({ everyFlights: 16, seeds: [1] });
