import { createAuditRepository, ledger } from '../../adapters/ledger/index.ts';
import { auditReplica } from '../../domain/ledger/index.ts';
import { serveConsumer } from '../runtime/index.ts';

export const handler = await serveConsumer(ledger, 'audit-replica', ({ db, region, runner }) =>
  auditReplica(runner(createAuditRepository(db())), region),
);
