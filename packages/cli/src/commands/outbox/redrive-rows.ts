import type { Outbox } from 'antipode/domain';
import { outboxShardCount } from 'antipode/internal/domain';
import type { OutboxInspection } from 'antipode/internal/dsql';
import type { Terminal } from 'antipode-local-dsql/process';
import { chunksOf } from '../service/chunks.ts';
import { createPace } from '../service/pace.ts';
import { counted } from '../service/tables.ts';

/** Dead rows that one statement makes due again. */
const redriveRowsMax = 100;

export type RedriveRowsDeps = {
  readonly outbox: Pick<Outbox, 'redrive'>;
  readonly inspection: Pick<OutboxInspection, 'deadIds' | 'now'>;
  readonly terminal: Pick<Terminal, 'interrupted' | 'warn'>;
  /** Rows per second. */
  readonly rate: number;
};

/** The ids in pages; all that are dead now where none are given. Those that die meanwhile stay. */
async function* pagesOf(
  { inspection }: RedriveRowsDeps,
  ids: readonly string[] | 'dead',
  rowsMax: number,
  changed: () => number,
): AsyncGenerator<readonly string[]> {
  if (ids !== 'dead') {
    yield* chunksOf(ids, rowsMax);
    return;
  }
  const before = await inspection.now();
  for (let shard = 0; shard < outboxShardCount; shard += 1) {
    let page: readonly string[];
    let changedBefore: number;
    do {
      changedBefore = changed();
      page = await inspection.deadIds(shard, before, rowsMax);
      if (page.length > 0) yield page;
      // A row that a person has put into a wrong part stays as it is.
    } while (page.length === rowsMax && changed() > changedBefore);
  }
}

/**
 * Makes dead rows due again, below a rate.
 *
 * @param ids of rows that are dead, or all that are
 * @returns how many it has changed
 * @throws {Error} the reason of the signal once it is aborted; a line then says how many were done
 */
export const redriveRows = async (
  deps: RedriveRowsDeps,
  ids: readonly string[] | 'dead',
): Promise<number> => {
  const { outbox, rate, terminal } = deps;
  const { interrupted } = terminal;
  const pace = createPace(rate, interrupted);
  let redriven = 0;
  try {
    for await (const page of pagesOf(deps, ids, Math.min(rate, redriveRowsMax), () => redriven)) {
      await pace(page.length);
      redriven += await outbox.redrive(page);
    }
  } catch (error) {
    if (interrupted.aborted) {
      terminal.warn(
        `interrupted: ${counted(redriven, 'event')} redriven, the others are dead still`,
      );
    }
    throw error;
  }
  return redriven;
};
