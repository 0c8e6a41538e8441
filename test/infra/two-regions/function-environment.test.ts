import { describe, expect, it } from 'vitest';
import { readConfig } from '../../../infra/two-regions/config.ts';
import { functionEnvironment } from '../../../infra/two-regions/function-environment.ts';
import { deriveSafety } from '../../../src/domain/kernel/index.ts';
import { booking } from '../support/booking.ts';

const tracesOf = (region: string, endpoint: string): string | undefined =>
  functionEnvironment({
    ...{ service: booking, region, dsqlEndpoint: 'host', dsqlUser: 'user' },
    config: readConfig({ TRACES_ENDPOINT: endpoint }),
    safety: deriveSafety({ functionTimeoutSeconds: 15, eventRetentionDays: 14 }),
  })['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'];

describe('the address for spans', () => {
  it.each([
    ['us-east-1', 'https://xray.us-east-1.amazonaws.com/v1/traces'],
    ['us-gov-west-1', 'https://xray.us-gov-west-1.amazonaws.com/v1/traces'],
    ['cn-north-1', 'https://xray.cn-north-1.amazonaws.com.cn/v1/traces'],
    ['eusc-de-east-1', 'https://xray.eusc-de-east-1.amazonaws.eu/v1/traces'],
    ['us-iso-east-1', 'https://xray.us-iso-east-1.c2s.ic.gov/v1/traces'],
    ['us-isob-east-1', 'https://xray.us-isob-east-1.sc2s.sgov.gov/v1/traces'],
  ])('of X-Ray in %s is in the domain of its partition', (region, url) => {
    expect(tracesOf(region, 'xray')).toBe(url);
  });

  it('is the one of a collector where that was asked for, and none by default', () => {
    expect(tracesOf('us-east-1', 'http://collector:4318')).toBe('http://collector:4318');
    expect(tracesOf('us-east-1', 'off')).toBeUndefined();
  });
});
