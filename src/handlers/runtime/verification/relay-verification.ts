import {
  type ConnectionPool,
  createDsqlIdempotencyStore,
  createDsqlOutbox,
} from '../../../adapters/dsql/index.ts';
import { createOutboxInspection } from '../../../adapters/dsql/records/outbox/outbox-inspection.ts';
import { createTraceInspection } from '../../../adapters/dsql/records/trace-inspection.ts';
import { tryCluster } from '../../../adapters/dsql/records/verification/cluster-trials.ts';
import { probeRecords } from '../../../adapters/dsql/records/verification/probe-records.ts';
import { query } from '../../../adapters/dsql/transaction/query.ts';
import {
  type DeclaredService,
  type EventEnvelope,
  type EventPublisher,
  type Ids,
  InvalidInput,
  Unavailable,
} from '../../../domain/kernel/index.ts';
import {
  type ProbeEvent,
  type PublishedProbe,
  type PublishedProbes,
  probeAttribute,
  type VerificationRequest,
} from '../../../domain/kernel/verification.ts';

/** The relay's parts, with which it answers. */
export type RelayVerificationDeps = {
  readonly service: DeclaredService;
  readonly connections: ConnectionPool;
  readonly publisher: EventPublisher;
  readonly region: string;
  readonly ids: Ids;
};

/** A row of a write that is never removed is free again after this time. Milliseconds. */
const leaseMs = 60_000;

/** The origin of events that are never published. */
const noRegion = 'verify';

const envelope = (
  { service, ids }: RelayVerificationDeps,
  type: string,
  originregion: string,
): EventEnvelope => {
  const id = ids.uuid();
  return {
    specversion: '1.0',
    id,
    source: service.source,
    type,
    time: new Date().toISOString(),
    subject: `verify-${id}`,
    datacontenttype: 'application/json',
    schemaversion: service.events[type]?.version ?? 1,
    originregion,
    aggregateversion: 1,
    correlationid: id,
    data: {},
  };
};

/** One probe for the first event type of each consumer. */
const probesOf = (deps: RelayVerificationDeps) => {
  const { service, region } = deps;
  const consumers = Object.entries(service.consumers);
  const types = new Set(consumers.flatMap(([, { on }]) => on[0] ?? []));
  return [...types].map((type) => {
    const event: ProbeEvent = { ...envelope(deps, type, region), [probeAttribute]: true };
    const probe: PublishedProbe = {
      id: event.id,
      type,
      consumers: consumers
        .filter(([, { on }]) => on[0] === type)
        .map(([name, { of }]) => ({ name, ofOtherRegion: of === 'other-region' })),
    };
    return { event, probe };
  });
};

const publish = async (deps: RelayVerificationDeps, deadline: number): Promise<PublishedProbes> => {
  const { connections, publisher, service } = deps;
  const { now } = createOutboxInspection(connections, service);
  const made = probesOf(deps);
  const publishedAt = (await now()).getTime();
  const results = await publisher.publish(
    made.map(({ event }) => event),
    deadline,
  );
  for (const result of results) {
    if (!result.ok) throw new Unavailable(`The bus has not taken a probe: ${result.reason}`);
  }
  return { publishedAt, probes: made.map(({ probe }) => probe) };
};

/**
 * Answers the verifications of the relay: it connects under the database role of the service, may
 * publish, and nobody but the Scheduler and operators may invoke it.
 */
export const answerRelayVerification = async (
  deps: RelayVerificationDeps,
  request: VerificationRequest,
  deadline: number,
): Promise<unknown> => {
  const { connections, service } = deps;
  const { schema } = service;
  const store = createDsqlIdempotencyStore(connections, { schema });
  switch (request.name) {
    case 'statements': {
      const newEvent = () => envelope(deps, 'Verify', noRegion);
      return tryCluster(connections, { schema, newEvent, deadline });
    }
    case 'write':
      return store.acquire({ key: request.key, fingerprint: '', leaseMs });
    case 'read':
      return { found: (await store.find(request.key)) !== undefined };
    case 'remove':
      await store.release(request.key, request.fence);
      return {};
    case 'publish':
      return publish(deps, deadline);
    case 'handled': {
      const { handled } = createTraceInspection(connections, { schema });
      const records = await handled(request.ids);
      return records.map(({ eventId, ...one }) => ({ id: eventId, ...one }));
    }
    case 'forget':
      for (const one of probeRecords(schema).forget(request.records)) {
        await query(connections, one, { deadline, writes: true });
      }
      return {};
    case 'outbox':
      return createDsqlOutbox(connections, { schema, graceMs: 0, replayWindowMs: 0 }).status(
        deadline,
      );
    default:
      throw new InvalidInput(`The relay does not answer the verification ${request.name}`);
  }
};
