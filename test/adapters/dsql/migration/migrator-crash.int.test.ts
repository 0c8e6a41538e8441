import { describeMigratorCrashes } from '../../../support/migrator-crashes.ts';

describeMigratorCrashes({ everyFlights: 8, seeds: [1] });
