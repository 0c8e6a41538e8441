import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { describe, expect, it } from 'vitest';
import { eventBridgeEndpoint } from '../../../src/adapters/eventbridge/index.ts';
import { InvariantViolation } from '../../../src/domain/kernel/index.ts';

const { endpointProvider } = new EventBridgeClient({ region: 'us-east-1' }).config;

const ofSdk = (Region: string, UseFIPS: boolean, UseDualStack: boolean): string =>
  endpointProvider({ Region, UseFIPS, UseDualStack }).url.href;

const regions = [
  ...['us-east-1', 'us-west-2', 'eu-central-1', 'ap-southeast-7', 'mx-central-1', 'il-central-1'],
  ...['us-gov-east-1', 'us-gov-west-1', 'cn-north-1', 'cn-northwest-1', 'eusc-de-east-1'],
  ...['us-iso-east-1', 'us-iso-west-1', 'us-isob-east-1', 'us-isob-west-1', 'eu-isoe-west-1'],
  ...['us-isof-south-1', 'us-isof-east-1', 'cn-future-9', 'us-gov-north-2', 'xx-nowhere-1'],
];

const own = 'http://127.0.0.1:4510';

describe('the address of EventBridge', () => {
  it.each(regions)('is the one that the SDK has in %s, with FIPS and dual stack', (region) => {
    for (const fips of [false, true]) {
      for (const dualStack of [false, true]) {
        const env = {
          AWS_USE_FIPS_ENDPOINT: String(fips),
          AWS_USE_DUALSTACK_ENDPOINT: String(dualStack),
        };
        expect(eventBridgeEndpoint(region, env).href).toBe(ofSdk(region, fips, dualStack));
      }
    }
  });

  it.each([
    [{ AWS_ENDPOINT_URL_EVENTBRIDGE: own, AWS_ENDPOINT_URL: 'http://other' }, `${own}/`],
    [{ AWS_ENDPOINT_URL_EVENTBRIDGE: '', AWS_ENDPOINT_URL: own }, `${own}/`],
    [{ AWS_ENDPOINT_URL: 'https://vpce.example:8443/base' }, 'https://vpce.example:8443/base/'],
    [{ AWS_ENDPOINT_URL: own, AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: 'false' }, `${own}/`],
    [
      { AWS_ENDPOINT_URL: own, AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: 'true' },
      'https://events.us-east-1.amazonaws.com/',
    ],
    [{}, 'https://events.us-east-1.amazonaws.com/'],
  ])('follows the variables of the SDK: %j', (env, expected) => {
    expect(eventBridgeEndpoint('us-east-1', env).href).toBe(expected);
  });

  it.each([
    [{ AWS_ENDPOINT_URL: 'ftp://host' }, 'Set AWS_ENDPOINT_URL to an address'],
    [{ AWS_ENDPOINT_URL_EVENTBRIDGE: 'host:4510' }, 'Set AWS_ENDPOINT_URL_EVENTBRIDGE to'],
    [{ AWS_ENDPOINT_URL: 'https://me:canary@host' }, 'without user, password and query'],
    [{ AWS_ENDPOINT_URL: 'https://host/?canary=1' }, 'without user, password and query'],
    [{ AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: 'yes' }, 'Set AWS_IGNORE_CONFIGURED_ENDPOINT_URLS to'],
    [{ AWS_USE_FIPS_ENDPOINT: '1' }, 'Set AWS_USE_FIPS_ENDPOINT to true or false'],
    [{ AWS_USE_FIPS_ENDPOINT: 'true', AWS_ENDPOINT_URL: own }, 'Unset AWS_USE_FIPS_ENDPOINT'],
    [{ AWS_USE_DUALSTACK_ENDPOINT: 'true', AWS_ENDPOINT_URL: own }, 'Unset AWS_USE_FIPS_ENDPOINT'],
  ])('refuses %j in one line that names the variable and no value', (env, expected) => {
    const refusal = () => eventBridgeEndpoint('us-east-1', env);
    expect(refusal).toThrow(InvariantViolation);
    expect(refusal).toThrow(expected);
    expect(refusal).not.toThrow(/canary|\n/);
  });

  it.each(['', 'us-east-1.evil.example', 'evil.example/', 'us east', '-us', 'us@evil'])(
    'refuses a Region that would lead elsewhere: %j',
    (region) => {
      expect(() => eventBridgeEndpoint(region, {})).toThrow('Set AWS_REGION to');
    },
  );
});
