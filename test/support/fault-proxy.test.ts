import { describe, expect, it } from 'vitest';
import {
  backend,
  encodeError,
  encodeFrame,
  encodeQuery,
  encodeStrings,
  type Frame,
  frontend,
} from '../../packages/local-dsql/src/protocol/protocol.ts';
import { faultKinds } from './fault-kinds.ts';
import { createJudge, type FaultPlan, stepsOf } from './fault-proxy-plan.ts';
import { createConversation, type Step, stepName } from './fault-proxy-steps.ts';

const frame = (type: number, payload?: Buffer): Frame => ({
  type,
  bytes: encodeFrame(type, payload),
});

const parse = (sql: string, name = '') =>
  frame(frontend.parse, Buffer.concat([encodeStrings(name, sql), Buffer.alloc(2)]));
const bind = (name = '') =>
  frame(frontend.bind, Buffer.concat([encodeStrings('', name), Buffer.alloc(6)]));
const describePortal = frame(frontend.describe, Buffer.from('P\0'));
const execute = frame(frontend.execute, Buffer.alloc(5));
const sync = frame(frontend.sync);
const complete = (tag: string) => frame(backend.commandComplete, encodeStrings(tag));
const ready = frame(backend.readyForQuery, Buffer.from('I'));
const [parsed, bound, noData] = [frame(0x31), frame(0x32), frame(0x6e)];
const failed: Frame = { type: backend.errorResponse, bytes: encodeError({ C: '40001' }) };

/** A conversation in which the session has begun. */
const begun = () => {
  const conversation = createConversation();
  conversation.startup();
  conversation.answer(ready);
  return conversation;
};

describe('a conversation', () => {
  it('is a login until the server is ready', () => {
    const conversation = createConversation();
    const steps = [
      conversation.startup(),
      conversation.answer(frame(backend.authentication, Buffer.alloc(4))),
      conversation.request(frame(frontend.password, encodeStrings('secret'))),
      conversation.answer(frame(backend.backendKeyData, Buffer.alloc(8))),
      conversation.answer(ready),
    ];
    expect(steps.map(stepName)).toEqual([
      'client Startup LOGIN',
      'server Authentication LOGIN',
      'client Password LOGIN',
      'server BackendKeyData LOGIN',
      'server ReadyForQuery LOGIN',
    ]);
  });

  it('names every message of a flight, and its answer, by the statement it belongs to', () => {
    const conversation = begun();
    const flight = ['begin isolation level repeatable read', '  INSERT INTO a', 'COMMIT'];
    const requests = [
      ...flight.flatMap((sql) => [parse(sql), bind(), describePortal, execute]),
      sync,
    ].map(conversation.request);
    expect(requests.map(stepName)).toEqual([
      ...['BEGIN', 'INSERT', 'COMMIT'].flatMap((word) =>
        ['Parse', 'Bind', 'Describe', 'Execute'].map((message) => `client ${message} ${word}`),
      ),
      'client Sync COMMIT',
    ]);
    const answers = [
      ...['BEGIN', 'INSERT 0 1', 'COMMIT'].flatMap((tag) => [parsed, bound, noData, complete(tag)]),
      ready,
    ].map(conversation.answer);
    expect(answers.map(stepName)).toEqual([
      ...['BEGIN', 'INSERT', 'COMMIT'].flatMap((word) =>
        ['ParseComplete', 'BindComplete', 'NoData', 'CommandComplete'].map(
          (message) => `server ${message} ${word}`,
        ),
      ),
      'server ReadyForQuery COMMIT',
    ]);
    expect(conversation.isAnswered()).toBe(true);
  });

  it('expects no answer to the messages behind an error, up to the end of the flight', () => {
    const conversation = begun();
    for (const one of [
      parse('UPDATE a'),
      bind(),
      execute,
      parse('COMMIT'),
      bind(),
      execute,
      sync,
    ]) {
      conversation.request(one);
    }
    conversation.request(parse('ROLLBACK'));
    conversation.request(sync);
    const answers = [parsed, failed, ready, parsed].map(conversation.answer);
    expect(answers.map(stepName)).toEqual([
      'server ParseComplete UPDATE',
      'server ErrorResponse UPDATE',
      'server ReadyForQuery COMMIT',
      'server ParseComplete ROLLBACK',
    ]);
    expect(conversation.isAnswered()).toBe(false);
  });

  it('knows statements by their names, and simple queries', () => {
    const conversation = begun();
    conversation.request(parse('SELECT 1', 'one'));
    conversation.request(parse('DELETE FROM a', 'other'));
    expect(stepName(conversation.request(bind('one')))).toBe('client Bind SELECT');
    const query: Frame = { type: frontend.query, bytes: encodeQuery('commit') };
    expect(stepName(conversation.request(query))).toBe('client Query COMMIT');
  });

  it('takes the end of a connection for no part of its last statement', () => {
    const conversation = begun();
    conversation.request(parse('COMMIT'));
    expect(stepName(conversation.request(frame(frontend.terminate)))).toBe('client Terminate ');
  });
});

const commit: Step = { from: 'client', message: 'Execute', statement: 'COMMIT' };
const insert: Step = { ...commit, statement: 'INSERT' };
const plan: FaultPlan = { action: 'delay', at: stepsOf('commit', 'client'), rate: 0.5 };

const decisions = (seed: number, connection: number, others = 0) => {
  const judge = createJudge(plan, seed, connection);
  return Array.from({ length: 40 }, () => {
    for (let other = 0; other < others; other += 1) judge(insert);
    return judge(commit)?.heldMs;
  });
};

describe('a judge', () => {
  it('decides the same for the same seed, connection and messages', () => {
    expect(decisions(7, 1)).toEqual(decisions(7, 1));
    expect(decisions(7, 1)).not.toEqual(decisions(8, 1));
    expect(decisions(7, 1)).not.toEqual(decisions(7, 2));
  });

  it('is not swayed by messages that the plan does not name', () => {
    expect(decisions(7, 1, 3)).toEqual(decisions(7, 1));
    expect(createJudge({ ...plan, rate: 1 }, 7, 1)(insert)).toBeUndefined();
  });

  it('strikes as often as the plan says', () => {
    const judge = createJudge({ ...plan, rate: 0.2 }, 7, 1);
    const strikes = Array.from({ length: 10_000 }, () => judge(commit)).filter(Boolean).length;
    expect(strikes).toBeGreaterThan(1_800);
    expect(strikes).toBeLessThan(2_200);
  });

  it('never lets the whole message through that it strikes', () => {
    const judge = createJudge({ ...plan, action: 'cut', rate: 1 }, 7, 1);
    for (let turn = 0; turn < 1_000; turn += 1) expect(judge(commit)?.part).toBeLessThan(1);
  });
});

describe('the kinds of faults', () => {
  it('have names of their own', () => {
    expect(new Set(faultKinds.map(({ name }) => name)).size).toBe(faultKinds.length);
  });

  it.each(['cut', 'reset', 'delay', 'black-hole'])('%s each class in both directions', (action) => {
    const named = faultKinds.map(({ name }) => name);
    for (const stepClass of ['connect', 'begin', 'write', 'commit']) {
      expect(named).toContain(`${action}, request of ${stepClass}`);
      expect(named).toContain(`${action}, answer of ${stepClass}`);
    }
  });
});
