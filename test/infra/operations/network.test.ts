import { describe, expect, it } from 'vitest';
import { readServiceConfig } from '../../../src/handlers/runtime/index.ts';
import { booking } from '../support/booking.ts';
import { placeholderApp } from '../support/placeholder-app.ts';
import { at, listOf, ofType, type Template, textOf, theOnly } from '../support/template.ts';

const templatesOf = (environment: Readonly<Record<string, string>> = {}) => {
  const assembly = placeholderApp(booking, { environment }).synth();
  return (name: string): Template =>
    assembly.getStackByName(`antipode-booking-${name}`).template as Template;
};

const of = templatesOf({ PRIVATE_NETWORK: 'on' });
const template = of('primary');

const endpoints = (all: Template) =>
  ofType(all, 'AWS::EC2::VPCEndpoint').map(([, { Properties }]) => Properties);

describe('a private network', () => {
  it('has the endpoint of the cluster’s own service name, and those of the services called', () => {
    expect(endpoints(template).map((one) => textOf(one['ServiceName']))).toEqual([
      'com.amazonaws.AWS::Region.s3',
      'import antipode-booking-data-primary:Cluster.VpcEndpointServiceName',
      'com.amazonaws.us-east-1.events',
      'com.amazonaws.us-east-1.lambda',
      'com.amazonaws.us-east-1.sqs',
    ]);
    const traced = templatesOf({ PRIVATE_NETWORK: 'on', TRACING: 'on' });
    expect(textOf(endpoints(traced('primary')).at(-1)?.['ServiceName'])).toBe(
      'com.amazonaws.us-east-1.xray',
    );
  });

  it('lets the functions connect to the cluster, and nobody else', () => {
    const groups = new Map(ofType(template, 'AWS::EC2::SecurityGroup'));
    const inline = [...groups.values()].flatMap(({ Properties }) =>
      listOf(Properties['SecurityGroupIngress']),
    );
    expect(inline).toEqual([]);
    const rules = ofType(template, 'AWS::EC2::SecurityGroupIngress').map(([, { Properties }]) => [
      textOf(Properties['GroupId']).replace(/\.GroupId$/, ''),
      Properties['FromPort'],
      textOf(Properties['SourceSecurityGroupId']).replace(/\.GroupId$/, ''),
    ]);
    expect(rules).toContainEqual(['NetworkDatabaseGroup', 5432, 'NetworkFunctions']);
    expect(rules).toHaveLength(4);
    expect(new Set(rules.map(([, , source]) => source))).toEqual(new Set(['NetworkFunctions']));
  });

  it('has no way to the internet', () => {
    for (const type of ['AWS::EC2::InternetGateway', 'AWS::EC2::NatGateway', 'AWS::EC2::Route']) {
      expect([type, ofType(template, type)]).toEqual([type, []]);
    }
  });

  it('has every function of the service in it, behind one security group', () => {
    const functions = ofType(template, 'AWS::Lambda::Function');
    expect(functions).toHaveLength(5);
    for (const [id, { Properties }] of functions) {
      const groups = listOf(at(Properties, 'VpcConfig', 'SecurityGroupIds')).map(textOf);
      expect([id, groups]).toEqual([id, ['NetworkFunctions.GroupId']]);
    }
  });

  it('is how the functions find the cluster, which takes no other connection', () => {
    const [[, api] = []] = ofType(template, 'AWS::Lambda::Function');
    expect(textOf(at(api?.Properties, 'Environment', 'Variables', 'DSQL_ENDPOINT'))).toMatch(
      /^import .*Cluster\.VpcEndpoint$/,
    );
    for (const half of ['data-primary', 'data-secondary']) {
      const { Properties } = theOnly(of(half), 'AWS::DSQL::Cluster');
      expect(JSON.parse(textOf(Properties['PolicyDocument']))).toEqual({
        Version: '2012-10-17',
        Statement: [
          {
            ...{ Effect: 'Deny', Principal: { AWS: '*' }, Resource: '*' },
            Action: ['dsql:DbConnect', 'dsql:DbConnectAdmin'],
            Condition: { Null: { 'aws:SourceVpc': 'true' } },
          },
        ],
      });
    }
  });

  it('has a host that the functions read as their endpoint', () => {
    const [[, api] = []] = ofType(template, 'AWS::Lambda::Function');
    const variables = at(api?.Properties, 'Environment', 'Variables') as Record<string, string>;
    // `clusterVpcEndpoint`, API reference of GetVpcEndpointServiceName.
    const host = 'foo0bar1baz2quux3quuux4abc.dsql-0a1b2c.us-east-1.on.aws';
    const read = { ...variables, AWS_REGION: 'us-east-1', DSQL_ENDPOINT: host };
    expect(readServiceConfig(read)).toMatchObject({ dsqlEndpoint: host });
  });

  it('is not there by default, and clusters have no policy', () => {
    const plain = templatesOf();
    expect(ofType(plain('primary'), 'AWS::EC2::VPC')).toEqual([]);
    const { Properties } = theOnly(plain('data-primary'), 'AWS::DSQL::Cluster');
    expect(Properties).not.toHaveProperty('PolicyDocument');
  });
});
