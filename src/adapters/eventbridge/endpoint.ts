import {
  type EnvironmentVariables,
  type ServiceEndpoint,
  serviceEndpoint,
} from '../aws/endpoint.ts';

/** GovCloud's rules, taken from the SDK's. */
const isFipsItself = (region: string, dualStack: boolean): boolean =>
  dualStack ? region.startsWith('us-gov-') : /^us-gov-(?:east|west)-1$/.test(region);

const eventBridge: ServiceEndpoint = { host: 'events', variable: 'EVENTBRIDGE', isFipsItself };

/**
 * The address of EventBridge, by the rules of the AWS SDKs, see `serviceEndpoint`. The
 * variable of its own is `AWS_ENDPOINT_URL_EVENTBRIDGE`.
 *
 * @throws {InvariantViolation} that names the variable to set
 * @example
 * // https://events.cn-north-1.amazonaws.com.cn/
 * eventBridgeEndpoint('cn-north-1', process.env).href;
 */
export const eventBridgeEndpoint = (region: string, env: EnvironmentVariables): URL =>
  serviceEndpoint(eventBridge, region, env);
