import { describe, expect, it } from 'vitest';
import {
  createBusNetwork,
  type Denies,
} from '../../../../../packages/cli/src/local/eventbridge/index.ts';
import { busArn, primary, queueArn, regionWith, secondary, toSecondary } from './bus-fixture.ts';

const role = 'arn:aws:iam::000000000000:role/sender';

/** Denies events of `s` to everybody but a role. */
const denies: Denies = (busName, source, principalArn) =>
  busName === 'ledger' && source === 's' && principalArn !== role;

const entry = (Source = 's') => ({
  ...{ Source, DetailType: 'D', Detail: '{}', EventBusName: 'ledger' },
});

describe('a bus with a policy', () => {
  it('takes the events of those alone that the policy allows, entry by entry', async () => {
    const { bridge, arrived } = regionWith(primary, { rules: [], denies });
    const forged = bridge.putEvents([entry(), entry('other')], undefined, `${role}-2`);
    expect(forged).toMatchObject({
      FailedEntryCount: 1,
      Entries: [
        { ErrorCode: 'NotAuthorizedForSourceException' },
        { EventId: expect.stringMatching(/./) },
      ],
    });
    expect(bridge.putEvents([entry()])).toMatchObject({ FailedEntryCount: 1 });
    expect(bridge.putEvents([entry()], undefined, role)).toMatchObject({ FailedEntryCount: 0 });
    await bridge.idle();
    expect(arrived.map(({ source }) => source)).toEqual(['other', 's']);
  });

  it('takes the events of a rule of the other Region by the role of that rule', async () => {
    const network = createBusNetwork();
    const arrive = async (RoleArn: string) => {
      const dlq = queueArn(primary, 'dlq');
      const [from, to] = [
        regionWith(primary, {
          rules: [
            toSecondary({
              EventPattern: { source: ['s'] },
              Targets: [
                { Id: 'T', Arn: busArn(secondary), RoleArn, DeadLetterConfig: { Arn: dlq } },
              ],
            }),
          ],
          answers: { putOnBus: network.putOnBus },
        }),
        regionWith(secondary, { rules: [], denies }),
      ];
      for (const { bridge } of [from, to]) network.join(bridge);
      from.bridge.putEvents([entry()]);
      await from.bridge.idle();
      return { arrived: to.arrived.length, dead: from.queued.map(({ attributes }) => attributes) };
    };
    expect(await arrive(role)).toEqual({ arrived: 1, dead: [] });
    expect(await arrive(`${role}-2`)).toMatchObject({
      arrived: 0,
      dead: [{ ERROR_CODE: 'NO_PERMISSIONS' }],
    });
  });
});
