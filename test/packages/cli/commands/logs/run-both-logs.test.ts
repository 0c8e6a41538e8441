import { describe, expect, it } from 'vitest';
import { bothLogsOptions } from '../../../../../packages/cli/src/commands/logs/options.ts';
import { printLogs } from '../../../../../packages/cli/src/commands/logs/run-both-logs.ts';
import type { LogLineView } from '../../../../../packages/cli/src/commands/regions/log-lines.ts';
import type { RegionView } from '../../../../../packages/cli/src/commands/regions/region-view.ts';
import { UsageError } from '../../../../../packages/local-dsql/src/process/command-options.ts';
import { fakeService, primary, secondary } from '../verify/fake-service.ts';

const startedAt = Date.parse('2026-11-23T10:00:00.000Z');

type Asked = { readonly name: string; readonly pattern: string; readonly since: number };

/** Both Regions, whose functions have these lines at the look of this number. */
const logsOf = (
  lines: (look: number) => Readonly<Record<string, readonly LogLineView[]>>,
  isLong = false,
) => {
  const asked: Asked[] = [];
  const looks = new Map<string, number>();
  const change = (region: string) => (): Partial<RegionView> => ({
    lines: async (name, pattern, since) => {
      asked.push({ name, pattern, since });
      const key = `${region} ${name}`;
      const look = (looks.get(key) ?? 0) + 1;
      looks.set(key, look);
      const found = lines(look)[key] ?? [];
      return { lines: found, hasMore: found.length >= 10_000 || isLong };
    },
  });
  const { halves } = fakeService({
    [primary]: change(primary),
    [secondary]: change(secondary),
  });
  return { asked, views: halves.flatMap(({ view }) => view ?? []) };
};

const line = (id: string, second: number): LogLineView => ({
  id,
  at: startedAt + second * 1_000,
  text: `line ${id}`,
});

const printed = async (
  { views }: Pick<ReturnType<typeof logsOf>, 'views'>,
  args: readonly string[],
  interrupted = new AbortController().signal,
  warned: string[] = [],
) => {
  const options = bothLogsOptions(args, startedAt);
  if (!options) throw new Error('help');
  const out: string[] = [];
  const terminal = {
    print: (one: string) => void out.push(one),
    warn: (one: string) => void warned.push(one),
    interrupted,
  };
  await printLogs(views, options, terminal, 1);
  return out;
};

describe('antipode logs', () => {
  it('prints the lines of both Regions in the order of their times', async () => {
    const logs = logsOf(() => ({
      [`${primary} shop-api`]: [line('a', 1), line('c', 3)],
      [`${secondary} shop-relay`]: [line('b', 2)],
    }));
    expect(await printed(logs, [])).toEqual([
      '2026-11-23T10:00:01.000Z  us-east-1  shop-api  line a',
      '2026-11-23T10:00:02.000Z  us-west-2  shop-relay  line b',
      '2026-11-23T10:00:03.000Z  us-east-1  shop-api  line c',
    ]);
    const [first] = await printed(logs, ['--json']);
    expect(JSON.parse(first ?? '')).toEqual({
      ...{ time: '2026-11-23T10:00:01.000Z', region: primary, function: 'shop-api' },
      text: 'line a',
    });
  });

  it('asks for one function by the end of its name, and for one request by its id', async () => {
    const logs = logsOf(() => ({}));
    await printed(logs, ['relay', '--correlation', 'a"b', '--since', '1h']);
    expect(logs.asked).toEqual(
      [primary, secondary].map(() => ({
        ...{ name: 'shop-relay', pattern: '"a\\"b"', since: startedAt - 3_600_000 },
      })),
    );
  });

  it('names the functions where there is none of a name', async () => {
    const wrong = printed(
      logsOf(() => ({})),
      ['none'],
    );
    await expect(wrong).rejects.toThrow('choose one of shop-api');
    await expect(wrong).rejects.toThrow(UsageError);
  });

  it('follows: prints each line once, also one that comes late', async () => {
    const stop = new AbortController();
    const logs = logsOf((look) => {
      if (look === 2) stop.abort();
      const known = [line('b', 60)];
      return { [`${primary} shop-api`]: look === 1 ? known : [line('a', 59), ...known] };
    });
    const out = await printed(logs, ['shop-api', '--follow'], stop.signal);
    expect(out.map((one) => one.slice(-1))).toEqual(['b', 'a']);
    expect(logs.asked.filter(({ since }) => since > startedAt)).not.toEqual([]);
  });

  it('says from when on a function has more lines than one look reads', async () => {
    const many = Array.from({ length: 10_000 }, (_, at) => line(`n${at}`, at / 1_000));
    const warned: string[] = [];
    const logs = logsOf(() => ({ [`${primary} shop-api`]: many }));
    await printed(logs, ['shop-api'], undefined, warned);
    expect(warned).toEqual([
      'shop-api in us-east-1 has more lines: give --since 2026-11-23T10:00:09.999Z',
    ]);
  });

  it.each([['once'], ['--follow']])('says %s that it reads only a part of a log', async (how) => {
    const stop = new AbortController();
    const warned: string[] = [];
    const logs = logsOf((look) => {
      if (look === 3) stop.abort();
      return {};
    }, true);
    const args = how === '--follow' ? ['api', how] : ['api'];
    await printed(logs, args, stop.signal, warned);
    expect(warned).toEqual(
      [primary, secondary].map(
        (region) =>
          `shop-api in ${region} has more lines than one look reads: give a later --since`,
      ),
    );
  });

  it('follows: goes on behind the last line where one look has not read all', async () => {
    const stop = new AbortController();
    const many = Array.from({ length: 10_000 }, (_, at) => line(`n${at}`, at / 1_000));
    const logs = logsOf((look) => {
      if (look === 2) stop.abort();
      return { [`${primary} shop-api`]: look === 1 ? many : [] };
    });
    await printed(logs, ['shop-api', '--follow'], stop.signal);
    expect(Math.max(...logs.asked.map(({ since }) => since))).toBe(startedAt + 9_999);
  });

  it.each([
    [['a', 'b'], 'one argument too many'],
    [['--correlation', ''], 'is empty'],
    [['--since', 'x'], 'give a time'],
  ])('refuses %j', (args, reason) => {
    expect(() => bothLogsOptions(args, startedAt)).toThrow(reason);
  });
});
