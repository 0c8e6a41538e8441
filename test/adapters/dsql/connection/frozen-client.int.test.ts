import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DsqlDialectOptions } from '../../../../src/adapters/dsql/index.ts';
import { type TestDsql, testDsql } from '../../../support/dsql.ts';
import { adminOptions, migrate, poolOf } from '../../../support/dsql-adapter.ts';
import { type ScaledEndpoint, startScaledEndpoint } from '../../../support/scaled-endpoint.ts';
import type { Answer } from './frozen-client.ts';

/** The server ends connections that are older. */
const connectionMsMax = 1_000;

/** Long enough for the server to have hung up on the frozen process. */
const frozenMs = connectionMsMax + 500;

let dsql: TestDsql;
let endpoint: ScaledEndpoint;
let child: ChildProcess;
let answers: AsyncIterator<string>;

beforeAll(async () => {
  dsql = await testDsql();
  const connections = poolOf(dsql);
  const ddl = 'CREATE TABLE IF NOT EXISTS frozen.notes (id text PRIMARY KEY)';
  await migrate(connections, 'frozen', [{ id: 'notes', ddl }]);
  await connections.close();
  endpoint = await startScaledEndpoint(dsql, { connectionMsMax });
  const options: DsqlDialectOptions = { ...adminOptions(endpoint), size: 1 };
  const script = `${import.meta.dirname}/frozen-client.ts`;
  child = spawn('node', [script, JSON.stringify(options)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  if (!child.stdout) throw new Error('no output');
  answers = createInterface(child.stdout)[Symbol.asyncIterator]();
});

afterAll(async () => {
  child.kill('SIGKILL');
  await endpoint.stop();
  await dsql.stop();
});

const order = (id: string) => child.stdin?.write(`${id}\n`);

const nextAnswer = async (): Promise<Answer> => JSON.parse((await answers.next()).value) as Answer;

const written = async (): Promise<readonly unknown[]> => {
  const client = await dsql.adminConnection();
  const { rows } = await client.query('SELECT id FROM frozen.notes ORDER BY id');
  return rows.map(({ id }) => id);
};

describe('a process that was frozen for longer than its connection lives', () => {
  const ids: string[] = [];

  it.each([
    ['the server has ended it, and the command waits already', 'end', 'before'],
    ['the network has reset it, and the command waits already', 'reset', 'before'],
    ['the server has ended it', 'end', 'after'],
    ['the network has reset it', 'reset', 'after'],
  ] as const)('runs its next command without an error when %s', async (_, how, when) => {
    for (let time = 1; time <= 2; time += 1) {
      const id = `${how} ${when} ${time}`;
      ids.push(`${id} a`, `${id} b`);
      order(`${id} a`);
      expect(await nextAnswer()).toEqual({ id: `${id} a` });
      const knocks = endpoint.knocks().length;
      child.kill('SIGSTOP');
      // The client reads in order: first the command, and then that the connection has ended.
      if (when === 'before') order(`${id} b`);
      if (how === 'reset') endpoint.cut('reset');
      await delay(how === 'reset' ? 100 : frozenMs);
      child.kill('SIGCONT');
      if (when === 'after') order(`${id} b`);
      expect(await nextAnswer()).toEqual({ id: `${id} b` });
      expect(endpoint.knocks()).toHaveLength(knocks + 1);
    }
  });

  it('has run each command once', async () => {
    expect(await written()).toEqual(ids.toSorted());
  });
});
