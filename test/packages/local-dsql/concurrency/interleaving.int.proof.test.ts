import { describeInterleavings } from './interleaving.ts';

describeInterleavings(1_000);
