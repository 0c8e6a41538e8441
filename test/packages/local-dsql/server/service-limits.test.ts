import { describe, expect, it } from 'vitest';
import { dsqlLimits } from '../../../../packages/local-dsql/src/index.ts';
import { transactionTooOld } from '../../../../packages/local-dsql/src/protocol/service-errors.ts';
import { createConnectionLimit } from '../../../../packages/local-dsql/src/server/connection-limit.ts';
import {
  messageBytesMax,
  rowBytesMax,
  transactionAgeMsMax,
  transactionBytesMax,
  transactionRowsMax,
  valueBytesMax,
} from '../../../../src/adapters/dsql/wire/transaction-limits.ts';
import { manualClock } from '../../../support/runtime-ports.ts';

const mebibyte = 2 ** 20;
const secondMs = 1_000;

/** DSQL's quotas, as its documentation has them. */
const quotas = {
  rowsMax: 3_000,
  transactionBytesMax: 10 * mebibyte,
  transactionMsMax: 300 * secondMs,
  rowBytesMax: 2 * mebibyte,
  columnBytesMax: mebibyte,
  columnsMax: 255,
  indexesMax: 24,
  schemasMax: 10,
  tablesMax: 1_000,
  viewsMax: 5_000,
  sequencesMax: 5_000,
  messageBytesMax: 10 * mebibyte,
  connectionsMax: 10_000,
  connectionMsMax: 3_600 * secondMs,
  connectionsPerSecond: 100,
  connectionBurst: 1_000,
};

describe('the limits of the local cluster', () => {
  it("are DSQL's quotas unless they are made smaller", () => {
    expect(dsqlLimits).toMatchObject(quotas);
  });

  it('are those that the adapter keeps', () => {
    expect(transactionRowsMax).toBe(dsqlLimits.rowsMax);
    expect(transactionBytesMax).toBe(dsqlLimits.transactionBytesMax);
    expect(messageBytesMax).toBe(dsqlLimits.messageBytesMax);
    expect(valueBytesMax).toBe(dsqlLimits.columnBytesMax);
    expect(rowBytesMax).toBe(dsqlLimits.rowBytesMax);
    expect(transactionAgeMsMax).toBe(dsqlLimits.transactionMsMax);
  });

  it('are told to a transaction that is too old in seconds, as DSQL does', () => {
    expect(transactionTooOld(dsqlLimits.transactionMsMax)).toEqual({
      code: '54000',
      message: 'transaction age limit of 300s exceeded',
    });
  });
});

describe('new connections', () => {
  const setUp = () => {
    const clock = manualClock();
    const connectionLimit = createConnectionLimit(dsqlLimits, clock);
    /** How many of these are let in, and what the first of the others is told. */
    const knock = (count: number) => {
      const answers = Array.from({ length: count }, connectionLimit.enter);
      const refusals = answers.filter((answer) => answer !== undefined);
      return { entered: count - refusals.length, code: refusals[0]?.code };
    };
    return { clock, connectionLimit, knock };
  };

  it('are a thousand at once, and no more', () => {
    const { knock } = setUp();
    expect(knock(1_000)).toEqual({ entered: 1_000, code: undefined });
    expect(knock(1)).toEqual({ entered: 0, code: '53400' });
  });

  it('are none fewer after the clock was set back', () => {
    const { clock, knock } = setUp();
    clock.advance(-1_200_000);
    expect(knock(1_000)).toEqual({ entered: 1_000, code: undefined });
  });

  it('are a hundred more each second, each part of it', () => {
    const { clock, knock } = setUp();
    knock(1_000);
    clock.advance(10);
    expect(knock(9)).toEqual({ entered: 1, code: '53400' });
    clock.advance(1_000);
    expect(knock(999)).toEqual({ entered: 100, code: '53400' });
  });

  it('are no more than a thousand however long nobody came', () => {
    const { clock, knock } = setUp();
    clock.advance(3_600_000);
    expect(knock(1_001)).toEqual({ entered: 1_000, code: '53400' });
  });

  it('use up the rate also where there are too many already', () => {
    const { clock, connectionLimit, knock } = setUp();
    for (let at = 0; at < 10; at += 1) {
      expect(knock(1_000).entered).toBe(1_000);
      clock.advance(10_000);
    }
    expect(knock(1_001)).toEqual({ entered: 0, code: '53300' });
    expect(knock(1).code).toBe('53400');
    clock.advance(1_000);
    connectionLimit.leave();
    expect(knock(2)).toEqual({ entered: 1, code: '53300' });
  });
});
