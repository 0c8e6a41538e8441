/** Cases of the outbox's contract that send each kind of its statements once. */
export const briefOutboxCases = [
  'gives a due row to one claimant, whole and counted',
  'gives no row to two who claim at once, and all rows in the end',
  'settles published and failed rows of one claim together',
  'redrives the dead rows that are named, and no others',
  'deletes rows that a relay has published after the replay window, and not before',
  'marks more events than one statement names',
  'says how old its oldest pending row is, in its grace too',
] as const;
