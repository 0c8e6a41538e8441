import { describe, expect, it } from 'vitest';
import { refusalsOf, refuses, scheduled, target, withProperties } from './service.ts';

const fn = { 'Fn::GetAtt': ['Fn', 'Arn'] };
const elsewhere = 'arn:aws:events:us-east-1:000000000000:event-bus/elsewhere';

describe('targets', () => {
  refuses([
    [
      'an id of 65 characters',
      'Rule',
      target({ Id: 'i'.repeat(65) }),
      'Targets[0].Id has 65 characters; the most is 64',
    ],
    [
      'an id with a colon, such as an ARN',
      'Rule',
      target({ Id: 'arn:aws:sqs' }),
      'Targets[0].Id is "arn:aws:sqs"; it must match [\\.\\-_A-Za-z0-9]+',
    ],
    ['a target without an id', 'Rule', { Targets: [{ Arn: fn }] }, 'Targets[0].Id is missing'],
    [
      'two targets of one id',
      'Rule',
      {
        Targets: [
          { Id: 'A', Arn: fn },
          { Id: 'A', Arn: fn },
        ],
      },
      'Targets: more than one has the Id A',
    ],
    [
      'an input that is no JSON',
      'Rule',
      target({ Input: 'made' }),
      'Targets[0].Input is no JSON; a text needs quotes of its own, such as "\\"text\\""',
    ],
    [
      'an input of more than 8,192 characters',
      'Rule',
      target({ Input: JSON.stringify('x'.repeat(8191)) }),
      'Targets[0].Input has 8193 characters; the most is 8192',
    ],
    [
      'an input and a path',
      'Rule',
      target({ Input: '{}', InputPath: '$.detail' }),
      'Targets[0] has Input and InputPath; only one may be given',
    ],
    [
      'an input of a schedule that is no JSON',
      'Schedule',
      scheduled({ Input: 'tick' }),
      'Target.Input is no JSON; a function takes no other',
    ],
  ]);

  it('are refused each for its own input', () => {
    const both = {
      Targets: ['A', 'B'].map((Id) => ({ Id, Arn: fn, Input: '{' })),
    };
    expect(refusalsOf(withProperties('Rule', both))).toHaveLength(2);
  });

  it('may get any JSON text', () => {
    for (const Input of ['{}', '[1]', '"text"', '1', 'null']) {
      expect(refusalsOf(withProperties('Rule', target({ Input })))).toEqual([]);
    }
  });

  it('may get any text when they are queues of a schedule', () => {
    const toQueue = {
      ...withProperties(
        'Schedule',
        scheduled({ Arn: { 'Fn::GetAtt': ['Queue', 'Arn'] }, Input: 'tick' }),
      ),
    };
    expect(refusalsOf(toQueue).filter((line) => line.includes('JSON'))).toEqual([]);
  });
});

describe('flexible windows', () => {
  refuses([
    [
      'one without minutes',
      'Schedule',
      { FlexibleTimeWindow: { Mode: 'FLEXIBLE' } },
      'FlexibleTimeWindow is FLEXIBLE and needs MaximumWindowInMinutes, 1 to 1440',
    ],
    [
      'a mode that does not exist',
      'Schedule',
      { FlexibleTimeWindow: { Mode: 'LOOSE' } },
      'FlexibleTimeWindow.Mode is "LOOSE"; it must be OFF or FLEXIBLE',
    ],
    [
      'a schedule that says nothing of it',
      'Schedule',
      { FlexibleTimeWindow: null },
      'FlexibleTimeWindow is missing',
    ],
  ]);

  it('may be off', () => {
    const off = withProperties('Schedule', { FlexibleTimeWindow: { Mode: 'OFF' } });
    expect(refusalsOf(off)).toEqual([]);
  });
});

describe('patterns', () => {
  const wrong = { source: 'notes' };
  const reason =
    'EventPattern: Event pattern is not valid. Reason: "source" must be an object or an array';
  refuses([
    ['an archive of a wrong one', 'Archive', { EventPattern: wrong }, reason],
    ['a rule of a wrong one', 'Rule', { EventPattern: wrong }, reason],
    [
      'a rule of a wrong schedule',
      'Rule',
      { EventBusName: null, EventPattern: null, ScheduleExpression: 'rate(1 minutes)' },
      'ScheduleExpression: rate(1 minutes) is not a rate: write rate(1 minute), rate(5 minutes), rate(1 hour) or rate(2 days).',
    ],
    [
      'a rule of none',
      'Rule',
      { EventPattern: null },
      'it needs an EventPattern or a ScheduleExpression',
    ],
  ]);
});

describe('buses', () => {
  refuses([
    [
      'an own bus of the name default',
      'Bus',
      { Name: 'default' },
      'Name is default, the name of the bus that every account has',
    ],
    [
      'an archive of a missing bus',
      'Archive',
      { SourceArn: elsewhere },
      `SourceArn: there is no bus ${elsewhere} in this Region of the app`,
    ],
    [
      'an archive that names its bus and not its ARN',
      'Archive',
      { SourceArn: { Ref: 'Bus' } },
      'SourceArn: there is no bus notes in this Region of the app',
    ],
    [
      'an archive of a bus of another Region',
      'Archive',
      { SourceArn: 'arn:aws:events:us-west-2:000000000000:event-bus/notes' },
      'SourceArn: there is no bus arn:aws:events:us-west-2:000000000000:event-bus/notes in this Region of the app',
    ],
    [
      'a rule of a missing bus',
      'Rule',
      { EventBusName: 'elsewhere' },
      'EventBusName: there is no bus elsewhere in this Region of the app',
    ],
  ]);

  it('is not the default bus, which every account has', () => {
    const arn = 'arn:aws:events:us-east-1:000000000000:event-bus/default';
    expect(refusalsOf(withProperties('Archive', { SourceArn: arn }))).toEqual([]);
  });
});
