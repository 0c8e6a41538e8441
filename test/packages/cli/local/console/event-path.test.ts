import { describe, expect, it } from 'vitest';
import { eventPathOf } from '../../../../../packages/cli/src/local/console/event-path.ts';
import {
  createRecorder,
  type NewEntry,
} from '../../../../../packages/cli/src/local/console/recorder.ts';

const [primary, secondary] = ['us-east-1', 'us-west-2'];
const totals = `arn:aws:lambda:${primary}:000000000000:function:totals`;
const otherBus = `arn:aws:events:${secondary}:000000000000:event-bus/shop`;

const view = (stopped?: string) => ({
  regions: [primary, secondary].map((region) => ({
    ...{ region, url: '', functions: [] },
    running: region !== stopped,
  })),
  links: [{ between: [primary, secondary], cut: false }],
});

const step = (entry: Partial<NewEntry> & Pick<NewEntry, 'kind'>): NewEntry => ({
  ...{ region: primary, outcome: 'ok' },
  ...entry,
});

const event = { eventId: 'e', envelopeId: 'envelope', correlationId: 'c', type: 'SeatsReserved' };

const command = [
  step({
    kind: 'command',
    functionName: 'api',
    requestId: 'r',
    correlationId: 'c',
    key: 'k',
    events: ['e'],
  }),
  step({ kind: 'invocation', functionName: 'api', requestId: 'r', payload: '{"seats":2}' }),
];
const published = step({ kind: 'published', ...event });
const matched = step({ kind: 'rule', rule: 'totals', ...event });
const delivered = step({ kind: 'delivery', rule: 'totals', target: totals, ...event });
const ran = step({ kind: 'invocation', functionName: 'totals', requestId: 'r2', ...event });
const handled = step({
  kind: 'effect',
  functionName: 'totals',
  requestId: 'r2',
  eventId: 'e',
  correlationId: 'c',
});
const unmatched = (rule: string, reason: string) =>
  step({ kind: 'rule', outcome: 'skipped', rule, reason, ...event });

const pathOf = (entries: readonly NewEntry[], id = 'k', stopped?: string) => {
  const recorder = createRecorder({ now: () => 0 });
  for (const entry of entries) recorder.add(entry);
  return eventPathOf(recorder, id, view(stopped));
};

const findings = (entries: readonly NewEntry[], stopped?: string) =>
  pathOf(entries, 'k', stopped).findings.map(({ outcome, text }) => `${outcome}: ${text}`);

describe('the path of an id', () => {
  const other = step({ kind: 'published', eventId: 'other', correlationId: 'other' });
  const all = [...command, published, matched, other, delivered, ran, handled];

  it.each([
    ['the idempotency key', 'k'],
    ['the event', 'e'],
    ['the envelope', 'envelope'],
    ['the request', 'r'],
    ['the correlation', 'c'],
  ])('has all steps when %s is asked for, and no step of another event', (_, id) => {
    const { entries } = pathOf(all, id);
    expect(entries.map(({ kind }) => kind)).toEqual([
      ...['command', 'invocation', 'published', 'rule', 'delivery', 'invocation', 'effect'],
    ]);
  });

  it('goes on in the other Region, where the envelope has another id', () => {
    const hop = step({ kind: 'hop', region: secondary, ...event, envelopeId: 'second' });
    expect(pathOf([...all, hop], 'second').entries).toHaveLength(all.length);
  });

  it('leaves out the other events of a run of the relay', () => {
    const relay = { functionName: 'relay', requestId: 'run' };
    const failed = ['e', 'x'].map((eventId) =>
      step({ kind: 'outbox', outcome: 'failed', ...relay, eventId, correlationId: eventId }),
    );
    expect(pathOf(failed, 'e').entries).toHaveLength(1);
  });

  it('is empty for an id that nobody has used', () => {
    expect(pathOf(all, 'nobody')).toEqual({ id: 'nobody', entries: [], findings: [] });
  });
});

describe('the findings about a command', () => {
  it('say that a consumer has handled its event', () => {
    expect(findings([...command, published, matched, delivered, ran, handled])).toEqual([
      'ok: totals in us-east-1 has handled it.',
    ]);
  });

  it('name the field for which no rule matches', () => {
    const rules = [
      unmatched('other', 'detail-type must be one of ["X"], the event has "SeatsReserved"'),
      unmatched('totals', 'detail.seats must be one of [9], the event has 2'),
    ];
    expect(findings([...command, published, ...rules])).toEqual([
      'failed: No rule on its bus matches the event. The rule totals does not match: detail.seats must be one of [9], the event has 2.',
    ]);
  });

  it('name a near rule that does not match beside one that does', () => {
    const near = unmatched('audit', 'detail.seats must be one of [9], the event has 2');
    const far = unmatched('far', 'region must be one of ["us-west-2"], the event has "us-east-1"');
    expect(findings([...command, published, matched, near, far, delivered, ran, handled])).toEqual([
      'skipped: The rule audit does not match: detail.seats must be one of [9], the event has 2.',
      'ok: totals in us-east-1 has handled it.',
    ]);
  });

  const failure = { outcome: 'failed', reason: 'TypeError: no seats' } as const;
  const tries = [1, 2, 3].map(() => ({ ...ran, ...failure }));

  it('tell why a consumer fails while Lambda tries again', () => {
    expect(findings([...command, published, matched, delivered, ...tries.slice(1)])).toEqual([
      'waiting: totals in us-east-1 has failed at it 2 times: TypeError: no seats. Lambda tries again.',
    ]);
  });

  it('tell in which queue a dead letter lies, and its cause', () => {
    const letter = step({
      ...{ kind: 'dead-letter', functionName: 'totals', requestId: 'r2', eventId: 'e' },
      ...{ outcome: 'failed', reason: 'RetriesExhausted' },
      target: `arn:aws:sqs:${primary}:000000000000:totals-failed`,
    });
    expect(findings([...command, published, matched, delivered, ...tries, letter])).toEqual([
      'failed: totals in us-east-1 has given it up after 3 attempts: TypeError: no seats. It lies in totals-failed.',
    ]);
  });

  it('say that nobody has published a committed event', () => {
    expect(findings(command)).toEqual([
      'waiting: It is committed, and nobody has published it. The relay publishes it when it is due: look at the log of the relay.',
    ]);
  });

  it('say that the bus has refused it', () => {
    const refused = step({
      ...published,
      kind: 'refused',
      outcome: 'failed',
      reason: 'InternalFailure: no',
    });
    expect(findings([...command, refused])).toEqual([
      'failed: It is committed, and no bus has it: InternalFailure: no. The relay publishes it when it is due: look at the log of the relay.',
    ]);
  });

  it('say that the Region of the commit is stopped', () => {
    expect(findings(command, primary)[0]).toContain('us-east-1 is stopped');
  });

  it('say that the other Region is stopped', () => {
    const failing = step({
      ...{ kind: 'delivery', rule: 'replicate', target: otherBus, ...event, attempt: 4 },
      ...{ outcome: 'failed', reason: 'CROSS_REGION_INGESTION_FAILED: no.' },
    });
    const steps = [...command, published, matched, failing, delivered, ran, handled];
    expect(findings(steps, secondary)).toEqual([
      'waiting: The rule replicate has not reached shop in us-west-2 in 4 attempts: CROSS_REGION_INGESTION_FAILED: no. us-west-2 is stopped.',
      'ok: totals in us-east-1 has handled it.',
    ]);
  });

  it('say that the inbox has skipped a duplicate', () => {
    const again = { ...handled, outcome: 'skipped' as const };
    expect(findings([...command, published, matched, delivered, ran, handled, again])).toEqual([
      'skipped: totals in us-east-1 had handled it before: its inbox skipped the duplicate.',
      'ok: totals in us-east-1 has handled it.',
    ]);
  });

  it('say that a function has accepted the event and not run yet', () => {
    expect(findings([...command, published, matched, delivered])).toEqual([
      'waiting: totals has accepted it, and has not ended an attempt.',
    ]);
  });

  it('say why a command has changed nothing', () => {
    const failed = [
      step({
        kind: 'failure',
        outcome: 'failed',
        functionName: 'api',
        requestId: 'r',
        correlationId: 'c',
        reason: 'Invocation failed: Unavailable',
      }),
      step({ kind: 'invocation', outcome: 'failed', functionName: 'api', requestId: 'r' }),
    ];
    expect(pathOf(failed, 'c').findings).toMatchObject([{ outcome: 'failed' }]);
  });

  it('say that a command was done before', () => {
    const again = step({
      kind: 'command',
      outcome: 'skipped',
      key: 'k',
      correlationId: 'c2',
      requestId: 'r3',
    });
    expect(findings([again])).toEqual([
      'skipped: The command was done before: its answer was given again, and it publishes nothing.',
    ]);
  });
});
