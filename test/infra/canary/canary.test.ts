import { Duration } from 'aws-cdk-lib';
import { Match, Template as Templates } from 'aws-cdk-lib/assertions';
import { User } from 'aws-cdk-lib/aws-iam';
import { describe, expect, it } from 'vitest';
import { Canary, grantCallUrl, patient, ServiceFunction } from '../../../infra/index.ts';
import { booking } from '../support/booking.ts';
import { emptyBundle, stackOf } from '../support/parts.ts';
import { placeholderApp } from '../support/placeholder-app.ts';
import { at, listOf, ofType, type Template, textOf, theOnly } from '../support/template.ts';

const templatesOf = (environment: Readonly<Record<string, string>> = {}) => {
  const assembly = placeholderApp(booking, { environment }).synth();
  return (name: string): Template =>
    assembly.getStackByName(`antipode-booking-${name}`).template as Template;
};

const halves = ['primary', 'secondary'];
const on = { CANARY_MINUTES: '5', ALARM_EMAIL: 'on-call@example.com' };

/** The resources of one type, with the id of the only one. */
const onlyOf = (template: Template, type: string) => {
  const [found, ...others] = ofType(template, type);
  expect(others).toEqual([]);
  if (!found) throw new Error(`no ${type}`);
  return { id: found[0], ...found[1] };
};

describe('a canary of the API', () => {
  const of = templatesOf(on);

  it('is not there unless minutes are set', () => {
    const template = templatesOf()('primary');
    for (const type of ['Lambda::Version', 'Lambda::Alias', 'CodeDeploy::DeploymentGroup']) {
      expect(ofType(template, `AWS::${type}`)).toEqual([]);
    }
    expect(textOf(template.Outputs['ApiFunctionName']?.Value)).toBe('ApiFunction');
  });

  it.each(halves)('puts an alias before the API of the %s Region, and callers use it', (half) => {
    const template = of(half);
    const alias = onlyOf(template, 'AWS::Lambda::Alias');
    const version = onlyOf(template, 'AWS::Lambda::Version');
    expect(alias.Properties).toMatchObject({
      Name: 'live',
      FunctionVersion: { 'Fn::GetAtt': [version.id, 'Version'] },
    });
    expect(textOf(alias.Properties['FunctionName'])).toBe('ApiFunction');
    const url = theOnly(template, 'AWS::Lambda::Url');
    expect(url.Properties['Qualifier']).toBe('live');
    expect(textOf(template.Outputs['ApiFunctionName']?.Value)).toBe('ApiFunction:live');
  });

  it('deletes a version with the deployment that replaces it', () => {
    expect(onlyOf(of('primary'), 'AWS::Lambda::Version').DeletionPolicy).toBe('Delete');
  });

  it.each(['5', '10', '15', '30'])(
    'lasts %s minutes, by a configuration of CodeDeploy',
    (minutes) => {
      const template = templatesOf({ CANARY_MINUTES: minutes })('primary');
      const { Properties } = theOnly(template, 'AWS::CodeDeploy::DeploymentGroup');
      expect(Properties['DeploymentConfigName']).toBe(
        `CodeDeployDefault.LambdaCanary10Percent${minutes}Minutes`,
      );
    },
  );

  it.each(halves)('is stopped and rolled back by its alarms in the %s Region', (half) => {
    const template = of(half);
    const group = onlyOf(template, 'AWS::CodeDeploy::DeploymentGroup');
    const alias = onlyOf(template, 'AWS::Lambda::Alias');
    expect(group.Properties['AutoRollbackConfiguration']).toEqual({
      Enabled: true,
      Events: ['DEPLOYMENT_FAILURE', 'DEPLOYMENT_STOP_ON_ALARM', 'DEPLOYMENT_STOP_ON_REQUEST'],
    });
    expect(at(alias, 'UpdatePolicy', 'CodeDeployLambdaAliasUpdate')).toEqual({
      ApplicationName: { Ref: onlyOf(template, 'AWS::CodeDeploy::Application').id },
      DeploymentGroupName: { Ref: group.id },
    });
    const names = listOf(at(group.Properties, 'AlarmConfiguration', 'Alarms'));
    const alarms = names.map((one) => template.Resources[String(at(one, 'Name', 'Ref'))]);
    expect(alarms.map((alarm) => alarm?.Type)).toEqual([
      'AWS::CloudWatch::Alarm',
      'AWS::CloudWatch::Alarm',
    ]);
    expect(at(group.Properties, 'AlarmConfiguration')).toMatchObject({
      Enabled: true,
      IgnorePollAlarmFailure: false,
    });
    expect(alarms.every((alarm) => listOf(alarm?.Properties['AlarmActions']).length === 1)).toBe(
      true,
    );
  });

  it('comes after the migration and the functions that get its events', () => {
    const template = of('primary');
    const alias = onlyOf(template, 'AWS::Lambda::Alias');
    const version = onlyOf(template, 'AWS::Lambda::Version');
    const waits = listOf(alias.DependsOn).map(String);
    const functions = ofType(template, 'AWS::Lambda::Function')
      .filter(([, { Properties }]) => !/-(api|migrate)$/.test(String(Properties['FunctionName'])))
      .map(([id]) => id);
    expect(functions).toHaveLength(3);
    expect(waits).toEqual(expect.arrayContaining(functions));
    const api = String(at(version.Properties, 'FunctionName', 'Ref'));
    const migration = onlyOf(template, 'Custom::AntipodeMigration').id;
    expect(template.Resources[api]?.DependsOn).toContain(migration);
  });

  it('leaves the alarms and the names of the service as they are', () => {
    const without = templatesOf({ ALARM_EMAIL: on.ALARM_EMAIL })('primary');
    const known = ofType(without, 'AWS::CloudWatch::Alarm');
    const template = of('primary');
    for (const [id, alarm] of known) expect(template.Resources[id]).toEqual(alarm);
    expect(ofType(template, 'AWS::CloudWatch::Alarm')).toHaveLength(known.length + 2);
  });
});

describe('the alarms of a canary', () => {
  const alarmsOf = (template: Template) =>
    ofType(template, 'AWS::CloudWatch::Alarm').filter(([id]) => id.startsWith('Canary'));
  const alarms = alarmsOf(templatesOf({ ...on, API_LATENCY_MS_MAX: '500' })('primary'));
  const metric = (name: string) => {
    const all = alarms.flatMap(([, { Properties }]) => [
      Properties,
      ...listOf(Properties['Metrics']).map((one) => at(one, 'MetricStat', 'Metric')),
    ]);
    const found = all.find((one) => at(one, 'MetricName') === name);
    const dimensions = listOf(at(found, 'Dimensions')).map((one) => [
      textOf(at(one, 'Name')),
      textOf(at(one, 'Value')).replace(/CurrentVersion\w+/, 'CurrentVersion'),
    ]);
    return Object.fromEntries(dimensions);
  };

  it.each(['Errors', 'Invocations', 'Duration'])('read %s of the new version alone', (name) => {
    expect(metric(name)).toEqual({
      FunctionName: 'ApiFunction',
      Resource: 'ApiFunction:live',
      ExecutedVersion: 'ApiFunctionCurrentVersion.Version',
    });
  });

  it('read the answers from 500 of the new version alone', () => {
    expect(metric('ApiFailed')).toEqual({
      service: 'booking',
      version: 'ApiFunctionCurrentVersion.Version',
    });
  });

  it('come for one failure of a hundred in two of five minutes, and for the latency', () => {
    const [failing, slow] = alarms.map(([, { Properties }]) => Properties);
    expect(failing).toMatchObject({
      ...{ Threshold: 1, EvaluationPeriods: 5, DatapointsToAlarm: 2 },
      TreatMissingData: 'notBreaching',
    });
    expect(at(failing, 'Metrics', 0, 'Expression')).toBe(
      '100*(FILL(errors,0)+FILL(failed,0))/invocations',
    );
    expect(slow).toMatchObject({
      ...{ Threshold: 500, EvaluationPeriods: 5, DatapointsToAlarm: 3, Period: 60 },
      ...{ ExtendedStatistic: 'p90', TreatMissingData: 'notBreaching' },
    });
  });

  it('are made anew for each version, since an alarm that is changed keeps its state', () => {
    const other = alarmsOf(templatesOf({ ...on, LAMBDA_MEMORY_MB: '512' })('primary'));
    const ids = (all: typeof alarms) => all.map(([id]) => id);
    expect(ids(alarmsOf(templatesOf(on)('primary')))).toEqual(ids(alarms));
    expect(ids(other).some((id) => ids(alarms).includes(id))).toBe(false);
    expect(alarms.every(([, { Properties }]) => Properties['AlarmName'] === undefined)).toBe(true);
  });
});

describe('a function with an alias', () => {
  const made = (props: Partial<ConstructorParameters<typeof ServiceFunction>[2]> = {}) => {
    const stack = stackOf();
    const fn = new ServiceFunction(stack, 'Function', {
      ...{ description: 'd', bundle: emptyBundle(), environment: {}, memoryMb: 128 },
      timeout: Duration.seconds(3),
      ...props,
    });
    return { stack, fn };
  };

  it('lets a caller use the address of the alias alone', () => {
    const { stack, fn } = made({ aliasName: 'live' });
    grantCallUrl(new User(stack, 'Caller'), fn);
    const template = Templates.fromStack(stack);
    const [alias] = Object.keys(template.findResources('AWS::Lambda::Alias'));
    template.hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: {
        Statement: [
          Match.objectLike({ Action: 'lambda:InvokeFunctionUrl', Resource: { Ref: alias } }),
          Match.objectLike({ Action: 'lambda:InvokeFunction', Resource: { Ref: alias } }),
        ],
      },
    });
  });

  it('is refused when it is asynchronous', () => {
    expect(() => made({ aliasName: 'live', asynchronous: patient })).toThrow(
      'us-east-1/Function is asynchronous, its events are tried again: give it no aliasName',
    );
  });

  it('is what a canary needs', () => {
    const { stack, fn: api } = made();
    const metrics = { namespace: 'n', service: 's' };
    const props = { api, metrics, minutes: 5, latencyMsMax: 100 } as const;
    expect(() => new Canary(stack, 'Canary', props)).toThrow(
      'us-east-1/Function has no alias: give it an aliasName',
    );
  });
});
