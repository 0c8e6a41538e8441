import { describe, expect, it } from 'vitest';
import { failureIn } from '../../../../../packages/cli/src/commands/local/synthesis-failure.ts';

const lines = (...text: readonly string[]): string => text.join('\n');

const trace = lines(
  '    at failureErrorWithLog (/app/node_modules/esbuild/lib/main.js:1752:15)',
  '    at process.processTicksAndRejections (node:internal/process/task_queues:104:5) {',
  '  errors: [Getter/Setter],',
  '}',
  '',
  'Node.js v24.21.0',
);

const failure = (...text: readonly string[]): string => failureIn(lines(...text), '/app');

describe('failureIn', () => {
  it('gives the error of a build that failed, with file and line', () => {
    expect(
      failure(
        '/app/node_modules/esbuild/lib/main.js:1752',
        '  let error = new Error(text);',
        '              ^',
        '',
        'Error: Build failed with 1 error:',
        'src/totals.lambda.ts:1:18: ERROR: Could not resolve "./nope.ts"',
        trace,
      ),
    ).toBe(
      'Error: Build failed with 1 error: src/totals.lambda.ts:1:18: ERROR: Could not resolve "./nope.ts"',
    );
  });

  it('gives each error of a build, up to a screenful', () => {
    const errors = Array.from({ length: 30 }, (_, n) => `src/a.ts:${n}:1: ERROR: no`);
    const given = failure('Error: Build failed with 30 errors:', ...errors, trace).split('\n');
    expect(given).toHaveLength(12);
    expect(given.slice(0, 2)).toEqual([
      'Error: Build failed with 30 errors:',
      'src/a.ts:0:1: ERROR: no',
    ]);
  });

  it('gives file and line of the errors that esbuild prints itself', () => {
    const printed = (place: string) => [
      '✘ [ERROR] Could not resolve "./nope.ts"',
      '',
      `    ${place}:`,
      "      1 │ import {x} from './nope.ts';",
      '        ╵                 ~~~~~~~~~~~',
      '',
    ];
    expect(
      failure(
        ...printed('src/a.ts:1:16'),
        ...printed('src/b.ts:2:7'),
        'Error: Build failed with 2 errors:',
        trace,
      ),
    ).toBe(
      'src/a.ts:1:16: ERROR: Could not resolve "./nope.ts"\nsrc/b.ts:2:7: ERROR: Could not resolve "./nope.ts"',
    );
    expect(failure('✘ without a place')).toBe('✘ without a place');
  });

  it('says where the syntax of the app is wrong', () => {
    expect(
      failure(
        'node:internal/modules/run_main:107',
        '    triggerUncaughtException(',
        '    ^',
        '',
        'file:///app/infra/config.ts:174',
        '};',
        'const = 3',
        '      ^',
        '',
        'SyntaxError [ERR_INVALID_TYPESCRIPT_SYNTAX]: Unexpected token',
        '    at parseTypeScript (node:internal/modules/typescript:72:36)',
      ),
    ).toBe('SyntaxError [ERR_INVALID_TYPESCRIPT_SYNTAX]: Unexpected token (infra/config.ts:174)');
  });

  it('says where in the app a type is wrong, not where in a library', () => {
    expect(
      failure(
        '/app/node_modules/lib/index.js:3',
        'q.foo();',
        '  ^',
        '',
        "TypeError: Cannot read properties of undefined (reading 'foo')",
        '    at Lib.run (/app/node_modules/lib/index.js:3:2)',
        '    at new Stack (file:///app/infra/stack.ts:12:7)',
        '    at ModuleJob.run (node:internal/modules/esm/module_job:561:25)',
      ),
    ).toBe("TypeError: Cannot read properties of undefined (reading 'foo') (infra/stack.ts:12)");
  });

  it('gives the message alone of an error that the app throws', () => {
    expect(
      failure(
        'file:///app/app.ts:1',
        "throw new Error('PRIMARY_REGION is no Region');",
        '^',
        '',
        'Error: PRIMARY_REGION is no Region',
        '    at file:///app/app.ts:1:7',
      ),
    ).toBe('Error: PRIMARY_REGION is no Region');
  });

  it('gives the line alone of an error without a trace', () => {
    expect(failure('ValidationException: no', 'more', 'and more')).toBe('ValidationException: no');
  });

  it('gives the last line of what names no error, and says that there is none', () => {
    expect(failure('one', 'two', '')).toBe('two');
    expect(failure('')).toBe('it printed nothing');
  });
});
