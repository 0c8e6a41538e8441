import { describe, expect, it } from 'vitest';
import { createAlarms } from '../../../../../packages/cli/src/commands/logs/alarms.ts';
import type { LogPosition } from '../../../../../packages/cli/src/commands/logs/function-logs.ts';

const position: LogPosition = { file: '/app/.antipode/logs/orders.log', lineNumber: 7 };

const printedAt = (at: LogPosition, ...lines: readonly string[]) => {
  const seen: string[] = [];
  const alarms = createAlarms('/app', (line) => seen.push(line));
  const source = { region: 'us-east-1', functionName: 'orders' };
  for (const line of lines) alarms.see({ ...source, line }, at);
  return { seen, raised: alarms.raised() };
};

const printed = (...lines: readonly string[]) => printedAt(position, ...lines);

const failed = (message: string, requestId = 'r-1'): string =>
  JSON.stringify({
    level: 'ERROR',
    message: 'Invocation failed',
    requestId,
    errors: [
      { name: 'Error', message: 'outer' },
      { name: 'TypeError', message },
    ],
  });

const thrown = (message: string): string =>
  `2026-11-29T18:52:17.123Z\tr-1\tERROR\tInvoke Error \t${JSON.stringify({
    errorType: 'Error',
    errorMessage: message,
    stack: [],
  })}`;

describe('alarms', () => {
  it('show the cause, then the function and the request, then the place of the whole line', () => {
    expect(printed(failed('inner'))).toEqual({
      seen: [
        '  ERROR  TypeError: inner',
        '         orders in us-east-1, request r-1: Invocation failed: Error: outer',
        '         .antipode/logs/orders.log:7',
      ],
      raised: true,
    });
  });

  it('show nothing of other lines', () => {
    expect(printed('{"level":"INFO","message":"ERROR"}')).toEqual({ seen: [], raised: false });
  });

  it('show a cause that comes late in a long line', () => {
    expect(printed(failed('inner').replace('outer', 'o'.repeat(100_000))).seen[0]).toContain(
      'TypeError: inner',
    );
  });

  it('show every line of a cause', () => {
    expect(printed(failed('two lines:\nsrc/a.ts:3:1')).seen.slice(0, 1)).toEqual([
      '  ERROR  TypeError: two lines:\n         src/a.ts:3:1',
    ]);
  });

  it('cut a cause that is longer than a screen', () => {
    expect(printed(failed('x'.repeat(10_000))).seen[0]).toHaveLength('  ERROR  '.length + 2002);
  });

  it('show control characters as they are not', () => {
    expect(printed(failed('\u001b]0;title\u0007')).seen[0]).toBe('  ERROR  TypeError: ?]0;title?');
  });

  it('do not repeat what the runtime says of an error that has been told', () => {
    expect(printed(failed('inner'), thrown('outer')).seen).toHaveLength(3);
  });

  it('repeat it for the next attempt, and for another error', () => {
    const attempt = [failed('inner'), thrown('outer'), 'END RequestId: r-1'];
    expect(printed(...attempt, ...attempt).seen).toHaveLength(6);
    expect(printed(failed('inner'), thrown('another')).seen).toHaveLength(6);
    expect(printed(failed('inner'), 'END RequestId: r-1', thrown('outer')).seen).toHaveLength(6);
  });

  it('name a file outside of the project by its whole path, and no line where its number is unknown', () => {
    const at = { file: '/tmp/run/orders.log', lineNumber: undefined };
    expect(printedAt(at, failed('inner')).seen.at(-1)).toBe('         /tmp/run/orders.log');
  });

  it('show the line ends of other systems as line ends', () => {
    expect(printed(failed('two\r\nlines')).seen[0]).toBe('  ERROR  TypeError: two\n         lines');
  });

  it('repeat an error that the function has logged twice itself', () => {
    expect(printed(failed('inner'), failed('inner')).seen).toHaveLength(6);
  });

  it('forget invocations whose end nobody has told', () => {
    const others = Array.from({ length: 1000 }, (_, n) => failed('inner', `other-${n}`));
    const repeated = thrown('outer');
    const { seen } = printed(failed('inner'), ...others, repeated);
    expect(seen.at(-3)).toBe('  ERROR  Error: outer');
  });
});
