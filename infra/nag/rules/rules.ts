import { adminConnect, connectWithoutRole, unpinnedPrincipal, wildcardGrant } from './access.ts';
import { asyncEdgeAlarm, asyncEdgeQueue, retryDefaults } from './asynchronous.ts';
import { clusterBackup, clusterKey, clusterProtection } from './cluster.ts';
import type { SecurityRule } from './rule.ts';
import { secretInVariable } from './secrets.ts';

/** The rules of this framework, which public packs lack. They judge any template with DSQL. */
export const securityRules: readonly SecurityRule[] = [
  adminConnect,
  connectWithoutRole,
  wildcardGrant,
  unpinnedPrincipal,
  clusterProtection,
  clusterKey,
  clusterBackup,
  asyncEdgeQueue,
  asyncEdgeAlarm,
  retryDefaults,
  secretInVariable,
];
