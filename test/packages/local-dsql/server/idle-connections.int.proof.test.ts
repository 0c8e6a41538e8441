import { describeIdleConnections } from './idle-connections.ts';

describeIdleConnections(2_000);
