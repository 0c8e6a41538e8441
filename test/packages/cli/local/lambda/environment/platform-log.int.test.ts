import { expect, test } from 'vitest';
import { functionOf } from '../support.ts';

test('the log tells why the function did not answer an invocation', async () => {
  const lines: string[] = [];
  const target = await functionOf(
    `export const handler = async ({ code, ms }) => {
       if (code !== undefined) process.exit(code);
       await new Promise((resolve) => setTimeout(resolve, ms));
       return 'x'.repeat(7_000_000);
     };`,
    { timeoutSeconds: 2, onLog: (line) => lines.push(line) },
  );
  const reported = async (event: string) => {
    lines.splice(0);
    const { requestId } = await target.invoke(event);
    const own = lines.filter((line) => line.includes(requestId));
    expect(own[0]).toBe(`START RequestId: ${requestId} Version: $LATEST`);
    expect(own.at(-2)).toBe(`END RequestId: ${requestId}`);
    expect(own.at(-1)).toMatch(/^REPORT RequestId: /);
    return own.slice(1, -2).map((line) => line.replace(requestId, 'ID'));
  };
  expect(await reported('{"code":3}')).toEqual([
    'RequestId: ID Error: Runtime exited with error: exit status 3\nRuntime.ExitError',
  ]);
  expect(await reported('{"ms":60000}')).toEqual([
    expect.stringMatching(/^\d{4}-\S+Z ID Task timed out after 2\.00 seconds$/),
  ]);
  expect((await reported('{"ms":0}')).join()).toContain('Response payload size exceeded');
});

test('says in the log that the init phase ended, where the runtime could not', async () => {
  const lines: string[] = [];
  const leaver = await functionOf('process.exit(1);', { onLog: (line) => lines.push(line) });
  await leaver.invoke('{}');
  expect(lines.filter((line) => line.startsWith('INIT_REPORT'))).toEqual([
    expect.stringMatching(
      /^INIT_REPORT Init Duration: [\d.]+ ms\tPhase: init\tStatus: error\tError Type: Runtime\.ExitError$/,
    ),
  ]);
});
