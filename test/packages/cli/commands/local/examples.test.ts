import { describe, expect, it } from 'vitest';
import {
  awsConfig,
  exampleLines,
} from '../../../../../packages/cli/src/commands/local/examples.ts';

const regions = {
  primary: {
    url: 'http://127.0.0.1:4100',
    functionUrls: new Map([['api', 'http://127.0.0.1:4100/u/api/']]),
  },
  secondary: { url: 'http://127.0.0.1:4200', functionUrls: new Map() },
};

describe('exampleLines', () => {
  it('shows an invocation as a command for the aws command line', () => {
    expect(
      exampleLines(
        {
          kind: 'invoke',
          title: 'Write',
          in: 'secondary',
          functionName: 'api',
          payload: '{"amount":100.50}',
        },
        regions,
      ),
    ).toEqual([
      '# Write',
      `aws lambda invoke --endpoint-url http://127.0.0.1:4200 --function-name api --payload '{"amount":100.50}' out.json && cat out.json`,
      '',
    ]);
  });

  it('shows an HTTP request at the address of the function', () => {
    const example = {
      kind: 'http',
      title: 'Read',
      in: 'primary',
      functionName: 'api',
      body: '{}',
    } as const;
    expect(exampleLines(example, regions)[1]).toContain('curl -s http://127.0.0.1:4100/u/api/ ');
  });

  it('shows an HTTP request without a body as a GET, at its path', () => {
    const example = {
      kind: 'http',
      title: 'Read',
      in: 'primary',
      functionName: 'api',
      path: '/shows?show=hamlet&row=1',
    } as const;
    const root = { ...example, path: '/' };
    expect(exampleLines(example, regions)[1]).toBe(
      "curl -s 'http://127.0.0.1:4100/u/api/shows?show=hamlet&row=1'",
    );
    expect(exampleLines(root, regions)[1]).toBe('curl -s http://127.0.0.1:4100/u/api/');
  });

  it('quotes what a shell would take apart', () => {
    const example = {
      kind: 'put-events',
      title: 'Put',
      in: 'primary',
      entries: "it's $HOME",
    } as const;
    expect(exampleLines(example, regions)[1]).toContain(`--entries 'it'\\''s $HOME'`);
  });
});

describe('awsConfig', () => {
  it('lets version 2 of the command line take payloads as they are written', () => {
    expect(awsConfig('us-east-1')).toContain('cli_binary_format = raw-in-base64-out');
  });
});
