import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { logProblem } from '../../../../../packages/cli/src/commands/logs/log-problem.ts';

const json = (entry: object): string => JSON.stringify(entry);

const time = '2026-11-29T18:52:17.123Z';

describe('logProblem', () => {
  it('finds the innermost of the errors that the kernel’s logger lists', () => {
    const line = json({
      level: 'ERROR',
      message: 'Invocation failed',
      timestamp: time,
      service: 'ledger',
      requestId: 'r-1',
      errors: [
        { name: 'Unavailable', message: 'the database is away', stack: 'Unavailable: …\n at x' },
        { name: 'Error', message: 'in between' },
        { name: 'error', message: 'relation "a.b" does not exist', code: '42P01', stack: '…' },
      ],
    });
    expect(logProblem(line)).toEqual({
      level: 'ERROR',
      cause: 'error: relation "a.b" does not exist (42P01)',
      summary: 'Invocation failed: Unavailable: the database is away: Error: in between',
      requestId: 'r-1',
    });
  });

  it.each([
    [
      'Powertools',
      json({
        level: 'ERROR',
        message: 'no luck',
        function_request_id: 'r-1',
        error: { name: 'Error', message: 'outer', cause: { name: 'TypeError', message: 'inner' } },
      }),
      {
        level: 'ERROR',
        cause: 'TypeError: inner',
        summary: 'no luck: Error: outer',
        requestId: 'r-1',
      },
    ],
    [
      'pino',
      json({
        level: 50,
        time: 1,
        pid: 1,
        msg: 'no luck',
        err: { type: 'Error', message: 'inner' },
      }),
      { level: 'ERROR', cause: 'Error: inner', summary: 'no luck' },
    ],
    ['pino’s warning', json({ level: 40, msg: 'low' }), { level: 'WARN', cause: 'low' }],
    [
      'winston',
      json({ level: 'error', message: 'no luck', error: 'inner' }),
      { level: 'ERROR', cause: 'inner', summary: 'no luck' },
    ],
    [
      'Lambda’s own JSON format',
      json({ level: 'ERROR', requestId: 'r-1', errorType: 'Error', errorMessage: 'inner' }),
      { level: 'ERROR', cause: 'Error: inner', requestId: 'r-1' },
    ],
    [
      'a logger that writes by the console',
      `${time}\tr-1\tERROR\t${json({ level: 'error', message: 'no luck' })}`,
      { level: 'ERROR', cause: 'no luck', requestId: 'r-1' },
    ],
  ])('reads %s', (_, line, problem) => {
    expect(logProblem(line)).toMatchObject(problem);
  });

  it('gives the reason of a refusal', () => {
    const fields = { requestId: 'r-1', reason: 'InvalidInput: data.amount is missing' };
    expect(logProblem(json({ level: 'WARN', message: 'Invocation refused', ...fields }))).toEqual({
      level: 'WARN',
      cause: 'InvalidInput: data.amount is missing',
      summary: 'Invocation refused',
      requestId: 'r-1',
    });
  });

  it('gives the fields of a line that has no error', () => {
    const line = json({ level: 'WARN', message: 'Events are left to the relay', count: 3 });
    expect(logProblem(line)?.cause).toBe('Events are left to the relay {"count":3}');
  });

  it('passes over causes that say nothing', () => {
    const errors = [
      { name: 'Error', message: 'outer' },
      { name: 'AggregateError', message: '' },
    ];
    expect(logProblem(json({ level: 'ERROR', message: 'm', errors }))?.cause).toBe('Error: outer');
  });

  it('ends at a chain of causes that does not', () => {
    const deep = (depth: number): object =>
      depth === 0 ? {} : { name: 'E', message: String(depth), cause: deep(depth - 1) };
    expect(logProblem(json({ level: 'ERROR', message: 'm', error: deep(100) }))?.cause).toMatch(
      /^E: \d+$/,
    );
  });

  it('reads what the runtime says of an error that was thrown', () => {
    const error = { errorType: 'error', errorMessage: 'no such table', code: '42P01', stack: [] };
    expect(logProblem(`${time}\tr-1\tERROR\tInvoke Error \t${json(error)}`)).toEqual({
      level: 'ERROR',
      cause: 'error: no such table (42P01)',
      summary: 'Invoke Error',
      requestId: 'r-1',
    });
  });

  it.each(['-', 'undefined'])('reads an error of the init phase, whose request is %s', (none) => {
    const error = { errorType: 'Error', errorMessage: 'Cannot find module x', stack: [] };
    expect(logProblem(`${time}\t${none}\tERROR\tInit Error \t${json(error)}`)).toMatchObject({
      cause: 'Error: Cannot find module x',
      requestId: undefined,
    });
  });

  it('finds the cause in an error as the console prints it', () => {
    const printed = [
      'could not publish Error: outer',
      '    at file.js:1:1 {',
      '  [cause]: Error: middle',
      '      at file.js:2:1 {',
      '    [cause]: TypeError: inner',
    ].join('\n');
    expect(logProblem(`${time}\tr-1\tERROR\t${printed}`)).toEqual({
      level: 'ERROR',
      cause: 'TypeError: inner',
      summary: 'could not publish Error: outer',
      requestId: 'r-1',
    });
  });

  it.each([
    new AggregateError([new Error('refused by ::1'), new Error('refused by 127.0.0.1')]),
    new Error('no database', { cause: new AggregateError([new Error('refused by ::1')]) }),
  ])('finds the first of several errors as the console prints them: %s', (error) => {
    expect(logProblem(`${time}\tr-1\tERROR\t${inspect(error)}`)).toMatchObject({
      cause: 'Error: refused by ::1',
    });
  });

  it('reads a level that its logger has put between blanks', () => {
    expect(logProblem('{ "level" : "error", "message" : "low" }')?.cause).toBe('low');
  });

  it.each([
    [`${time} r-1 Task timed out after 3.00 seconds`, 'Task timed out after 3.00 seconds', 'r-1'],
    [
      'RequestId: r-1 Error: Runtime exited with error: signal: killed\nRuntime.ExitError',
      'Runtime exited with error: signal: killed',
      'r-1',
    ],
    [
      'Event r-1 is dropped (RetriesExhausted): …',
      'Event r-1 is dropped (RetriesExhausted): …',
      'r-1',
    ],
    ['Event r-1 is given up: …', 'Event r-1 is given up: …', 'r-1'],
    ['Event e-1 of request r-1 is given up: …', 'Event e-1 of request r-1 is given up: …', 'r-1'],
    [
      'INIT_REPORT Init Duration: 1.00 ms\tPhase: init\tStatus: timeout',
      'INIT_REPORT Init Duration: 1.00 ms\tPhase: init\tStatus: timeout',
      undefined,
    ],
    ['FATAL ERROR: Reached heap limit', 'FATAL ERROR: Reached heap limit', undefined],
    [
      "The function's process cannot be started: x",
      "The function's process cannot be started: x",
      undefined,
    ],
  ])('reads what the platform says: %s', (line, cause, requestId) => {
    expect(logProblem(line)).toEqual({ level: 'ERROR', cause, summary: undefined, requestId });
  });

  it.each([
    ['ERROR no luck', 'ERROR', 'no luck'],
    ['WARNING: no luck', 'WARN', 'no luck'],
    ['WARN no luck', 'WARN', 'no luck'],
    ['FATAL: no luck', 'ERROR', 'no luck'],
    ['error: no luck', 'ERROR', 'no luck'],
    ['warn: no luck', 'WARN', 'no luck'],
  ])('reads a text that begins with its level: %s', (line, level, cause) => {
    expect(logProblem(line)).toMatchObject({ level, cause });
  });

  it.each([
    json({ level: 'INFO', message: 'an ERROR of yesterday' }),
    json({ level: 30, msg: 'fine' }),
    `${time}\tr-1\tINFO\tERROR is a word`,
    'START RequestId: r-1 Version: $LATEST',
    'END RequestId: r-1',
    'REPORT RequestId: r-1\tDuration: 1.00 ms',
    'an ERROR in a line of nobody’s format',
    'ERRORS are rare',
    'error in no format',
    '{"level":"ERROR"',
    '',
  ])('leaves alone: %s', (line) => {
    expect(logProblem(line)).toBeUndefined();
  });
});
