import { describe, expect, it } from 'vitest';
import {
  isBusy,
  isOver,
  nextPhase,
  type SessionEvent,
  type SessionPhase,
} from '../../../../packages/local-dsql/src/session/session-phase.ts';

const live = [
  ...['between', 'preparing', 'forwarding', 'interrupted'],
  ...['flushing', 'splitting', 'skipping', 'answering'],
] as readonly SessionPhase[];
const over = ['stopping', 'stopped'] as const;
const sent = ['messageSent', 'flushSent', 'batchSent', 'partSent', 'queriesStarted'] as const;
const answered = [
  ...(['flushAnswered', 'batchAnswered', 'partAnswered'] as const),
  ...(['partFailed', 'queriesEnded'] as const),
];

/** The phases that a session passes through from its start. */
const through = (...events: readonly SessionEvent[]): readonly SessionPhase[] => {
  const phases: SessionPhase[] = ['between'];
  for (const event of events) phases.push(nextPhase(phases.at(-1) ?? 'between', event));
  return phases.slice(1);
};

describe('the phases of a session', () => {
  it('lead from message to message to the answer of a batch', () => {
    expect(through('messageSent', 'messageSent', 'batchSent', 'batchAnswered')).toEqual([
      'forwarding',
      'forwarding',
      'answering',
      'between',
    ]);
  });

  it('go on with a batch behind the answers to its Flush', () => {
    expect(through('messageSent', 'flushSent', 'flushAnswered', 'batchSent')).toEqual([
      'forwarding',
      'flushing',
      'forwarding',
      'answering',
    ]);
  });

  it('begin a batch of its own with the rest of one that was split', () => {
    expect(through('messageSent', 'partSent', 'partAnswered', 'batchSent')).toEqual([
      'forwarding',
      'splitting',
      'between',
      'answering',
    ]);
  });

  it('skip the rest of a batch whose first part failed', () => {
    expect(through('partSent', 'partFailed', 'batchSent', 'batchAnswered')).toEqual([
      'splitting',
      'skipping',
      'answering',
      'between',
    ]);
  });

  it('return to where the queries of the session itself began', () => {
    expect(through('queriesStarted', 'queriesEnded')).toEqual(['preparing', 'between']);
    expect(through('messageSent', 'queriesStarted', 'queriesEnded')).toEqual([
      'forwarding',
      'interrupted',
      'forwarding',
    ]);
  });

  it.each(live)(
    'leave nothing running behind a session that stops and was not busy: %s',
    (phase) => {
      expect(nextPhase(phase, 'stopped')).toBe(isBusy(phase) ? 'stopping' : 'stopped');
    },
  );

  it.each(live.filter(isBusy))('let no message be sent while PostgreSQL works: %s', (phase) => {
    for (const event of sent) expect(() => nextPhase(phase, event)).toThrow(phase);
  });

  it.each(over)('send nothing when the session is over, and take late answers: %s', (phase) => {
    expect(isOver(phase)).toBe(true);
    for (const event of sent) expect(() => nextPhase(phase, event)).toThrow(phase);
    for (const event of answered) expect(nextPhase(phase, event)).toBe('stopped');
    expect(nextPhase(phase, 'stopped')).toBe(phase);
  });

  it('let no queries of the session itself begin while messages are skipped', () => {
    expect(() => nextPhase('skipping', 'queriesStarted')).toThrow('skipping');
  });
});
