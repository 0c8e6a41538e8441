import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { bothLogsOptions } from '../../packages/cli/src/commands/logs/options.ts';
import { statusOptions } from '../../packages/cli/src/commands/status/options.ts';
import { verifyOptions } from '../../packages/cli/src/commands/verify/options.ts';
import { resultLines } from '../../packages/cli/src/commands/verify/run-verify.ts';
import { verify } from '../../packages/cli/src/commands/verify/verify.ts';
import { fakeService, primary } from '../packages/cli/commands/verify/fake-service.ts';

const root = join(import.meta.dirname, '../..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const page = read('docs/verify.md');

const commands = [...page.matchAll(/^```sh\n(.*?)^```$/gms)]
  .flatMap(([, block = '']) => block.trim().split('\n'))
  .map((line) => line.replace(/\s+#.*$/, ''));

const readCommand = (line: string): unknown => {
  const [antipode, name, ...args] = line.split(/\s+/);
  expect(antipode).toBe('antipode');
  if (name === 'verify') return verifyOptions(args);
  return name === 'status' ? statusOptions(args) : bothLogsOptions(args, Date.now());
};

/** The times of a line differ from run to run. */
const timeless = (line: string): string => line.replaceAll(/\d+ ms/g, 'N ms');

/** IAM has one action for each operation of these clients, under the service's prefix. */
const prefixes: readonly (readonly [file: string, service: RegExp, prefix: string])[] = [
  ['find-service.ts', /DescribeStacks|ListStackResources/, 'cloudformation'],
  ['../regions/region-view.ts', /DescribeAlarms/, 'cloudwatch'],
  ['../regions/region-view.ts', /GetCluster|ListClusters/, 'dsql'],
  ['../regions/region-view.ts', /DescribeRule|ListTargetsByRule/, 'events'],
  ['../regions/region-view.ts', /GetFunctionConfiguration|Invoke/, 'lambda'],
  ['../regions/log-lines.ts', /FilterLogEvents/, 'logs'],
  ['../regions/region-view.ts', /GetSchedule/, 'scheduler'],
  ['../regions/region-view.ts', /GetQueueAttributes/, 'sqs'],
];

/** Actions that have another name than their operation (service authorization reference). */
const renamed: Readonly<Record<string, string>> = { Invoke: 'InvokeFunction' };

/** The operations that a file calls. */
const operationsIn = (file: string): readonly string[] => {
  const text = read(`packages/cli/src/commands/service/${file}`);
  return [...text.matchAll(/new (?:sdk\.)?(\w+)Command\(|paginate(\w+)\(/g)].map(
    ([, command, paged]) => command ?? paged ?? '',
  );
};

describe('the page about verifying a service', () => {
  it('shows commands of each kind', () => {
    expect(new Set(commands.map((line) => line.split(/\s+/)[1]))).toEqual(
      new Set(['verify', 'status', 'logs']),
    );
  });

  it.each(commands)('shows a command that is read: %s', (line) => {
    expect(readCommand(line)).toBeDefined();
  });

  it('shows lines as the command prints them', async () => {
    const disabled = async (id: string) => ({ isEnabled: !id.endsWith('totals'), targets: 1 });
    const { halves } = fakeService({ [primary]: () => ({ rule: disabled }) });
    const printed: string[] = [];
    const choice = { readOnly: false, lagMsMax: 10_000, probeWaitMsMax: 0 };
    await verify(halves, choice, (result) => printed.push(...resultLines(result)));
    const [, shown = ''] = /^```\n(ok .*?)^```$/ms.exec(page) ?? [];
    const lines = shown.trimEnd().split('\n');
    expect(lines.length).toBeGreaterThan(5);
    const known = printed.map(timeless);
    expect(lines.map(timeless).filter((line) => !known.includes(line))).toEqual([]);
    // The table names each kind of check.
    const kinds = new Set(
      printed
        .filter((line) => !line.startsWith(' '))
        .map(
          (line) => /^\w+ +\S+ {2}(stack|cluster|functions|events to|[a-z]+)/.exec(line)?.[1] ?? '',
        ),
    );
    const unnamed = [...kinds].filter(
      (kind) => !['functions', 'events to'].includes(kind) && !page.includes(`\`${kind}`),
    );
    expect(unnamed.filter((kind) => kind !== 'last')).toEqual([]);
  });

  it('names the rights for all that the commands ask of AWS, and no others', () => {
    const [, policy = ''] =
      /<!-- the policy of an operator -->\n```json\n(.*?)```/s.exec(page) ?? [];
    const { Statement } = JSON.parse(policy) as {
      readonly Statement: readonly { Action: string[] }[];
    };
    const needed = prefixes.flatMap(([file, service, prefix]) =>
      operationsIn(file)
        .filter((operation) => service.test(operation))
        .map((operation) => `${prefix}:${renamed[operation] ?? operation}`),
    );
    const files = [...new Set(prefixes.map(([file]) => file))];
    const called = files.flatMap(operationsIn);
    const known = prefixes.map(([, service]) => service);
    expect(called.filter((one) => !known.some((service) => service.test(one)))).toEqual([]);
    expect(Statement[0]?.Action).toEqual([...new Set(needed)].toSorted());
  });
});
