import { object, string } from 'valibot';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  type ConsumerContext,
  defineService,
  InvariantViolation,
  type RunContext,
  Unavailable,
} from '../../../../src/domain/kernel/index.ts';
import type { EnvironmentVariables } from '../../../../src/handlers/runtime/config.ts';
import {
  type ServiceParts,
  serveApi,
  serveConsumer,
  serveMigrations,
  serveRelay,
} from '../../../../src/handlers/runtime/index.ts';
import { asLambda, httpRequest, lambdaContext } from '../../../support/lambda.ts';

const events = {
  SeatsReserved: { version: 1, schema: object({ show: string() }), scope: 'all-regions' },
  SeatsReleased: { version: 1, schema: object({ show: string() }) },
} as const;
const parts = { name: 'booking', source: 'shop.booking', schema: 'booking', migrations: [] };
const booking = defineService({
  ...parts,
  events,
  consumers: {
    occupancy: { on: ['SeatsReserved', 'SeatsReleased'] },
    notices: { on: ['SeatsReserved'], of: 'other-region' },
  },
});

/** Nobody listens there; the connection that is opened during INIT never fails one. */
const env: EnvironmentVariables = {
  AWS_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: 'id',
  AWS_SECRET_ACCESS_KEY: 'key',
  DSQL_ENDPOINT: '127.0.0.1:1',
  DSQL_USER: 'booking_app',
  EVENT_BUS_NAME: 'booking',
  INBOX_RETENTION_MS: '0',
  OUTBOX_GRACE_MS: '0',
  OUTBOX_TAKEOVER_AGE_MS: '0',
  OUTBOX_REPLAY_WINDOW_MS: '0',
  CUSTOM_RESOURCE_STACK_ID: 'arn:aws:cloudformation:us-east-1:123456789012:stack/booking/1',
  CLIENT_ROLE_NAMES: '',
};
const without = (name: string): EnvironmentVariables => ({ ...env, [name]: undefined });

const wireApi = () => async () => ({ status: 200, body: null });
const wireConsumer = () => async () => ({ status: 'replayed', result: null }) as const;

beforeAll(() => {
  vi.stubEnv('POWERTOOLS_LOG_LEVEL', 'SILENT');
});
afterAll(() => {
  vi.unstubAllEnvs();
});

const serve = {
  serveApi: (given: EnvironmentVariables) => serveApi(booking, wireApi, { env: given }),
  serveConsumer: (given: EnvironmentVariables) =>
    serveConsumer(booking, 'occupancy', wireConsumer, { env: given }),
  serveRelay: (given: EnvironmentVariables) => serveRelay(booking, { env: given }),
  serveMigrations: async (given: EnvironmentVariables) => serveMigrations(booking, { env: given }),
};
type Serve = keyof typeof serve;

describe('an entry', () => {
  it.each<[Serve, string]>([
    ['serveApi', 'DSQL_ENDPOINT'],
    ['serveApi', 'EVENT_BUS_NAME'],
    ['serveConsumer', 'DSQL_USER'],
    ['serveRelay', 'INBOX_RETENTION_MS'],
    ['serveRelay', 'EVENT_BUS_NAME'],
    ['serveMigrations', 'AWS_REGION'],
    ['serveMigrations', 'CUSTOM_RESOURCE_STACK_ID'],
    ['serveMigrations', 'CLIENT_ROLE_NAMES'],
  ])('of %s fails in INIT without %s, and names it', async (name, variable) => {
    await expect(serve[name](env)).resolves.toBeDefined();
    await expect(serve[name](without(variable))).rejects.toThrow(InvariantViolation);
    await expect(serve[name](without(variable))).rejects.toThrow(variable);
  });

  it('is wired once, with the parts of its function', async () => {
    const wired: ServiceParts<typeof booking>[] = [];
    const handler = asLambda(
      await serveApi(
        booking,
        (given) => {
          wired.push(given);
          return wireApi();
        },
        { env },
      ),
    );
    await handler({}, lambdaContext());
    await handler({}, lambdaContext());
    expect(wired).toHaveLength(1);
    expect(wired[0]).toMatchObject({ region: 'us-east-1' });
    expect(wired[0]?.db()).toBe(wired[0]?.db());
  });

  it('asks the database of its function, in the schema of its service', async () => {
    const { connections, db } = await new Promise<ServiceParts<typeof booking>>(
      (resolve, reject) => {
        const wire = (given: ServiceParts<typeof booking>) => {
          resolve(given);
          return wireApi();
        };
        serveApi(booking, wire, { env }).catch(reject);
      },
    );
    type Tables = { readonly 'booking.shows': { readonly id: string } };
    const asked = db<Tables>().selectFrom('booking.shows').selectAll().execute();
    await expect(asked).rejects.toThrow('ECONNREFUSED 127.0.0.1:1');
    await connections.close();
  });
});

describe('an entry of an API', () => {
  it('asks a question again after a transient fault', async () => {
    let attempts = 0;
    const ask = async (show: string) => {
      attempts += 1;
      if (attempts === 1) throw new Unavailable('waking up');
      return show;
    };
    const wire = ({ questions }: ServiceParts<typeof booking>) => {
      const { freeSeats } = questions(() => ({ freeSeats: ask }));
      return async (_: unknown, run: RunContext) => ({
        status: 200,
        body: await freeSeats(run, 'hamlet'),
      });
    };
    const handler = asLambda<{ statusCode: number; body: string }>(
      await serveApi(booking, wire, { env }),
    );
    expect(await handler('direct', lambdaContext())).toMatchObject({ body: '"hamlet"' });
    expect(attempts).toBe(2);
  });

  it('answers direct invocations and POST to / by the function that its wiring returns', async () => {
    const wire = () => async (payload: unknown) => ({ status: 200, body: [String(payload)] });
    const handler = asLambda<{ statusCode: number; body: string }>(
      await serveApi(booking, wire, { env }),
    );
    expect(await handler('direct', lambdaContext())).toMatchObject({ body: '["direct"]' });
    const posted = await handler(httpRequest('{}'), lambdaContext());
    expect(posted).toMatchObject({ statusCode: 200 });
    const got = await handler(httpRequest(), lambdaContext());
    expect(got).toMatchObject({ statusCode: 405 });
  });

  it('answers the paths and methods that its wiring returns beside', async () => {
    const wire = () => ({ answer: wireApi(), routes: { '/': ['GET'] } }) as const;
    const handler = asLambda(await serveApi(booking, wire, { env }));
    expect(await handler(httpRequest(), lambdaContext())).toMatchObject({ statusCode: 200 });
  });
});

describe('an entry of a consumer', () => {
  const envelope = (type: string) => ({
    specversion: '1.0',
    id: 'e-1',
    source: 'shop.booking',
    type,
    time: '2026-01-02T03:04:05.678Z',
    subject: 'hamlet',
    datacontenttype: 'application/json',
    schemaversion: 1,
    originregion: 'us-west-2',
    aggregateversion: 1,
    correlationid: 'c-1',
    data: { show: 'hamlet' },
  });

  it('gives its use case the event, and its name and the id of the event for the inbox', async () => {
    const told: unknown[] = [];
    const wire = () => async (event: unknown, run: unknown) => {
      told.push(event, run);
      return { status: 'committed', result: null, events: [] } as const;
    };
    const handler = asLambda(await serveConsumer(booking, 'notices', wire, { env }));
    const detail = envelope('SeatsReserved');
    expect(await handler({ detail }, lambdaContext())).toEqual({ status: 'committed' });
    expect(told[0]).toEqual(detail);
    const once = { kind: 'event', consumer: 'notices', eventId: 'e-1' };
    expect(told[1]).toMatchObject({ once });
  });

  it.each([
    [
      'its place to an event of an ordered consumer',
      { ordered: true },
      { subject: 's', version: 7 },
    ],
    ['no place to one of another consumer', {}, undefined],
  ] as const)('gives %s', async (_, declared, order) => {
    const consumers = { occupancy: { on: ['SeatsReserved'], ...declared } } as const;
    const service = defineService({ ...parts, events, consumers });
    const runs: ConsumerContext[] = [];
    const wire = () => async (_event: unknown, run: ConsumerContext) => {
      runs.push(run);
      return { status: 'replayed', result: null } as const;
    };
    const handler = asLambda(await serveConsumer(service, 'occupancy', wire, { env }));
    const detail = { ...envelope('SeatsReserved'), subject: 's', aggregateversion: 7 };
    await handler({ detail }, lambdaContext());
    expect(runs.map(({ once }) => once.order)).toEqual([order]);
  });

  it('refuses a declared event that it does not listen to, without its use case', async () => {
    const handler = asLambda(await serveConsumer(booking, 'notices', wireConsumer, { env }));
    const detail = envelope('SeatsReleased');
    await expect(handler({ detail }, lambdaContext())).rejects.toThrow(
      'Consumer notices does not listen to SeatsReleased',
    );
    await expect(handler({ detail: envelope('SeatsReserved') }, lambdaContext())).resolves.toEqual({
      status: 'replayed',
    });
  });

  it('fails in INIT in the function of another consumer, whose inbox it would not know', async () => {
    const served = (name: string) =>
      serveConsumer(booking, 'notices', wireConsumer, { env: { ...env, CONSUMER_NAME: name } });
    await expect(served('occupancy')).rejects.toThrow(
      'CONSUMER_NAME of the function is occupancy, and its entry serves notices: give the function the entry of occupancy',
    );
    await expect(served('notices')).resolves.toBeDefined();
  });

  it('fails in INIT for a consumer that is not declared', async () => {
    await expect(serveConsumer(booking, 'nobody' as never, wireConsumer, { env })).rejects.toThrow(
      'booking declares no consumer nobody: add it there',
    );
  });
});
