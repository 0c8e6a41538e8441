import { describeMigratorCrashes } from '../../../support/migrator-crashes.ts';

describeMigratorCrashes({ everyFlights: 1, seeds: [2, 3, 4, 5, 6] });
