import type { DeclaredService, Safety } from '../../src/domain/kernel/index.ts';
import { domainsOf } from '../../src/domain/kernel/region-domains.ts';
import type { TwoRegionConfig } from './config.ts';

/**
 * The namespace and service name under which the functions of a service report their metrics, and
 * the alarms read them. The namespace has the prefix of its functions: two deployments of a service
 * in one account differ in it, and an alarm of one must not see the events of the other.
 */
export const metricsOf = (
  { name }: DeclaredService,
  { functionPrefix }: Pick<TwoRegionConfig, 'functionPrefix'>,
) => ({ namespace: `Antipode/${functionPrefix}`, service: name });

/** The address that functions of a Region send their spans to; `undefined` where they send none. */
const tracesUrl = ({ tracesEndpoint }: TwoRegionConfig, region: string): string | undefined => {
  if (tracesEndpoint === 'off') return undefined;
  if (tracesEndpoint !== 'xray') return tracesEndpoint;
  return `https://xray.${region}.${domainsOf(region).ipv4}/v1/traces`;
};

export type EnvironmentOptions = {
  /** The Region that the function runs in. */
  readonly region: string;
  readonly service: DeclaredService;
  readonly config: TwoRegionConfig;
  readonly safety: Safety;
  readonly dsqlEndpoint: string;
  /** The database role that the function connects as. */
  readonly dsqlUser: string;
};

/**
 * The variables that every function of a service reads, as `readServiceConfig` of
 * `antipode/handlers` names them.
 */
export const functionEnvironment = (
  options: EnvironmentOptions,
): Readonly<Record<string, string>> => {
  const { service, config, safety, region, dsqlEndpoint, dsqlUser } = options;
  const traces = tracesUrl(config, region);
  const metrics = metricsOf(service, config);
  return {
    DSQL_ENDPOINT: dsqlEndpoint,
    DSQL_USER: dsqlUser,
    DSQL_SERIAL: String(config.dsqlSerial),
    DSQL_PLAIN_BEGIN: String(config.dsqlPlainBegin),
    DSQL_PREPARED_STATEMENTS_MAX: String(config.dsqlPreparedStatementsMax),
    OUTBOX_GRACE_MS: String(safety.outboxGraceMs),
    OUTBOX_TAKEOVER_AGE_MS: String(safety.outboxTakeoverAgeMs),
    OUTBOX_REPLAY_WINDOW_MS: String(safety.outboxReplayWindowMs),
    POWERTOOLS_SERVICE_NAME: metrics.service,
    POWERTOOLS_METRICS_NAMESPACE: metrics.namespace,
    POWERTOOLS_TRACE_ENABLED: String(config.tracing),
    ...(traces !== undefined && { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: traces }),
  };
};
