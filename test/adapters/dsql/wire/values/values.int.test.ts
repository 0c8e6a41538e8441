import { describeValues } from './values.ts';

// Berlin has missing and doubled hours, and once had a local mean time with seconds.
describeValues(['Europe/Berlin']);
