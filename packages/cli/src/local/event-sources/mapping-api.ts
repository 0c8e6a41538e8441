import type { HttpResponse, Route } from 'antipode-local-dsql/http';
import { invalidParameter, notFound, parseIdentifier } from '../lambda/index.ts';
import { pageOf } from '../pages.ts';
import type { MappingDefinition } from './definition.ts';

/** ListEventSourceMappings answers so many at most (API reference). */
const mappingsMax = 100;

/** A list has no id, with or without the slash. */
const pathPattern = /^\/2015-03-31\/event-source-mappings(?:\/([^/]*))?$/;

const described = (mapping: MappingDefinition, createdAt: number) => ({
  UUID: mapping.id,
  EventSourceMappingArn: mapping.arn,
  EventSourceArn: mapping.queueArn,
  FunctionArn: mapping.functionArn,
  BatchSize: mapping.batchSize,
  MaximumBatchingWindowInSeconds: mapping.windowSeconds,
  ...(mapping.concurrencyMax !== undefined && {
    ScalingConfig: { MaximumConcurrency: mapping.concurrencyMax },
  }),
  FunctionResponseTypes: mapping.reportsFailures ? ['ReportBatchItemFailures'] : [],
  State: mapping.isEnabled ? 'Enabled' : 'Disabled',
  StateTransitionReason: 'USER_INITIATED',
  // Seconds since the epoch, as Lambda writes it.
  LastModified: createdAt / 1_000,
});

const json = (body: object): HttpResponse => ({ status: 200, body: JSON.stringify(body) });

/** Whether a mapping is of the function that a request names, by a name or an ARN. */
const isOf = ({ functionArn }: MappingDefinition, named: string | null): boolean =>
  named === null || parseIdentifier(functionArn)?.name === (parseIdentifier(named)?.name ?? named);

/**
 * Serves GetEventSourceMapping and ListEventSourceMappings of one Region.
 *
 * @param definitions the mappings as they are now
 * @param createdAt milliseconds since the epoch
 * @see https://docs.aws.amazon.com/lambda/latest/api/API_ListEventSourceMappings.html
 */
export const mappingRoute =
  (definitions: () => readonly MappingDefinition[], createdAt: number): Route =>
  ({ method, path, query }) => {
    const mappings = definitions();
    const asked = pathPattern.exec(path);
    if (method !== 'GET' || !asked) return undefined;
    const [, id = ''] = asked;
    if (id !== '') {
      const found = mappings.find((one) => one.id === id);
      return found
        ? json(described(found, createdAt))
        : notFound('The resource you requested does not exist.');
    }
    const wanted = Number(query.get('MaxItems') ?? mappingsMax);
    if (!Number.isInteger(wanted) || wanted < 1) {
      return invalidParameter('MaxItems must be a whole number from 1 to 10000');
    }
    const source = query.get('EventSourceArn');
    const meant = mappings.filter(
      (one) => isOf(one, query.get('FunctionName')) && (source === null || one.queueArn === source),
    );
    const page = pageOf(meant, (one) => one.id, {
      itemsMax: Math.min(wanted, mappingsMax),
      token: query.get('Marker') ?? undefined,
    });
    if (!page) return invalidParameter('Marker is not valid: no list gave it');
    return json({
      EventSourceMappings: page.items.map((one) => described(one, createdAt)),
      NextMarker: page.nextToken,
    });
  };
