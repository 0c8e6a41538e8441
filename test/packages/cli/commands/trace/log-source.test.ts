import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import {
  cloudWatchLogs,
  linesMax,
  localLogs,
} from '../../../../../packages/cli/src/commands/trace/log-source.ts';

type Input = Readonly<Record<string, string | number | undefined>>;
type Page = {
  readonly events: readonly { readonly message: string }[];
  readonly nextToken?: string;
};

/** A client of CloudWatch Logs that answers as it is told, and what it was asked. */
const clientWith = (answer: (input: Input) => Page) => {
  const asked: Input[] = [];
  const load = async () => ({
    CloudWatchLogsClient: class {
      async send(command: object) {
        const { input } = command as { readonly input: Input };
        asked.push(input);
        return answer(input);
      }
      destroy() {}
    },
    FilterLogEventsCommand: class {
      readonly input: Input;
      constructor(input: Input) {
        this.input = input;
      }
    },
  });
  return { asked, load };
};

describe('the logs of CloudWatch', () => {
  it('are searched by the texts, in the group of each function, page by page', async () => {
    const { asked, load } = clientWith(({ nextToken }) =>
      nextToken === undefined
        ? { events: [], nextToken: '2' }
        : { events: [{ message: 'has order-17\n' }, { message: 'has another' }] },
    );
    const source = cloudWatchLogs({ region: 'us-east-1' }, ['api', 'relay'], 7, load);
    const found = await source.search(['order-17', 'say "x\\"']);
    expect(found).toEqual({
      isCut: false,
      lines: ['api', 'relay'].map((functionName) => ({
        ...{ region: 'us-east-1', functionName, text: 'has order-17' },
      })),
    });
    expect(asked.map(({ logGroupName, nextToken }) => [logGroupName, nextToken])).toEqual([
      ...[
        ['/aws/lambda/api', undefined],
        ['/aws/lambda/api', '2'],
      ],
      ...[
        ['/aws/lambda/relay', undefined],
        ['/aws/lambda/relay', '2'],
      ],
    ]);
    const filterPattern = '?"order-17" ?"say \\"x\\\\\\""';
    for (const input of asked) expect(input).toMatchObject({ filterPattern, startTime: 7 });
  });

  it('are asked for as many texts as a pattern has room for, and for a hundred pages of each', async () => {
    const { asked, load } = clientWith(() => ({ events: [], nextToken: 'more' }));
    const source = cloudWatchLogs({ region: 'us-east-1' }, ['api'], 0, load);
    expect(await source.search(['a'])).toEqual({ lines: [], isCut: true });
    expect(asked).toHaveLength(100);
    const many = clientWith(() => ({ events: [] }));
    const texts = Array.from({ length: 9 }, (_, at) => `${at}${'"'.repeat(127)}`);
    await cloudWatchLogs({ region: 'us-east-1' }, ['api'], 0, many.load).search(texts);
    const patterns = many.asked.map(({ filterPattern }) => String(filterPattern));
    expect(patterns.map((one) => one.split(' ').length)).toEqual([3, 3, 3]);
    for (const one of patterns) expect(one.length).toBeLessThanOrEqual(1_024);
  });
});

describe('the lines that one search takes', () => {
  it('are as many as it says, of all functions together', async () => {
    const events = Array.from({ length: linesMax + 1 }, () => ({ message: 'order-17' }));
    const { asked, load } = clientWith(() => ({ events }));
    const source = cloudWatchLogs({ region: 'us-east-1' }, ['api', 'relay'], 0, load);
    const { lines, isCut } = await source.search(['order-17']);
    expect([lines.length, isCut, asked.length]).toEqual([linesMax, true, 1]);
  });

  it('are not cut where they just find room', async () => {
    const events = Array.from({ length: linesMax }, () => ({ message: 'order-17' }));
    const { load } = clientWith(({ logGroupName }) => ({
      events: logGroupName === '/aws/lambda/api' ? events : [],
    }));
    const source = cloudWatchLogs({ region: 'us-east-1' }, ['api', 'relay'], 0, load);
    const { lines, isCut } = await source.search(['order-17']);
    expect([lines.length, isCut]).toEqual([linesMax, false]);
  });
});

describe('the logs of a local stack', () => {
  const folder = mkdtempSync(join(tmpdir(), 'antipode-trace-'));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('are those of each function, put aside or not, up to a number of lines', async () => {
    const region = join(folder, 'us-east-1');
    mkdirSync(region, { recursive: true });
    writeFileSync(join(region, 'my-api.1.log'), 'order-17 early\nanother\n');
    writeFileSync(join(region, 'my-api.log'), 'order-17 late\n');
    const source = localLogs(folder, 'us-east-1', 0);
    const { lines } = await source.search(['order-17']);
    expect(lines.map(({ functionName, text }) => [functionName, text])).toEqual([
      ['my-api', 'order-17 early'],
      ['my-api', 'order-17 late'],
    ]);
    writeFileSync(join(region, 'my-api.log'), 'order-17\n'.repeat(linesMax));
    expect((await source.search(['order-17'])).isCut).toBe(true);
    expect(await localLogs(folder, 'us-west-2', 0).search(['a'])).toEqual({
      ...{ lines: [], isCut: false },
    });
  });
});
