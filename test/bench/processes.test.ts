import { expect, test } from 'vitest';
import { processTree, readProcessRows } from '../../bench/support/processes.ts';

const listing = `
    1     0  1024 /sbin/init splash
  200     1 20480 node bin/antipode.js local
  201   200 10240 node --require ric-shim.cjs index.mjs
30000   201  2048 postgres: checkpointer
  999     1  4096 node other.js
`;

test('reads what ps lists', () => {
  expect(readProcessRows(listing)[1]).toEqual({
    pid: 200,
    parent: 1,
    rssMb: 20,
    command: 'node bin/antipode.js local',
  });
});

test('finds a process with its children and theirs', () => {
  const rows = readProcessRows(listing);
  expect(processTree(rows, 200).map(({ pid }) => pid)).toEqual([200, 201, 30_000]);
  expect(processTree(rows, 7)).toEqual([]);
});
