import { expect, it } from 'vitest';
import { readArchive, readRule } from '../../../../../packages/cli/src/local/eventbridge/index.ts';
import { account, busArn, functionArn, put, primary as region, regionWith } from './bus-fixture.ts';

const rule = (target: string, state = 'ENABLED') =>
  readRule(
    {
      EventBusName: 'ledger',
      EventPattern: { source: ['antipode.ledger'] },
      State: state,
      Targets: [{ Id: 'one', Arn: functionArn(region, target) }],
    },
    { name: 'rule', region, account },
  );

const invokedBy = async (change: (under: ReturnType<typeof regionWith>) => void) => {
  const under = regionWith(region, { rules: [] });
  under.bridge.putRule(rule('old'));
  change(under);
  put(under.bridge);
  await under.bridge.idle();
  return under.invoked.map(({ arn }) => arn.split(':').at(-1));
};

it('a rule sends events from the moment at which it is made, or changed', async () => {
  expect(await invokedBy(() => {})).toEqual(['old']);
  expect(await invokedBy(({ bridge }) => bridge.putRule(rule('new')))).toEqual(['new']);
  expect(await invokedBy(({ bridge }) => bridge.putRule(rule('new', 'DISABLED')))).toEqual([]);
  expect(await invokedBy(({ bridge }) => bridge.removeRule(rule('old').arn))).toEqual([]);
});

it('a rule needs its bus', () => {
  const { bridge } = regionWith(region, { rules: [] });
  bridge.removeBus('ledger');
  expect(() => bridge.putRule(rule('f'))).toThrow('which does not exist');
  bridge.putBus('ledger');
  bridge.putRule(rule('f'));
  expect(bridge.rules).toHaveLength(1);
});

it('an archive that changes keeps its events', async () => {
  const { bridge } = regionWith(region, { rules: [] });
  const archive = (days: number) =>
    readArchive(
      { SourceArn: busArn(region), RetentionDays: days },
      { name: 'all', region, account },
    );
  bridge.putArchive(archive(1));
  put(bridge);
  bridge.putArchive(archive(2));
  const [kept] = bridge.archives;
  expect(kept?.definition.retentionDays).toBe(2);
  expect(kept?.events()).toHaveLength(1);
  bridge.removeArchive(archive(2).arn);
  expect(bridge.archives).toEqual([]);
});
