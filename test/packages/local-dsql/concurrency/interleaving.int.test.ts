import { describeInterleavings } from './interleaving.ts';

// A conflict that is missed whenever it can occur is found long before.
describeInterleavings(100);
