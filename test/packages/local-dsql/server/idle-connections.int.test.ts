import { describeIdleConnections } from './idle-connections.ts';

// Many more than those that log in at once.
describeIdleConnections(400);
