/** A command and the process that it runs in. For `antipode-cli` of the same version. */
export { readNumber, refuseEmpty, UsageError } from './command-options.ts';
export { firstCause } from './first-cause.ts';
export { createLifetime, type Lifetime, type Stoppable } from './lifetime.ts';
export { endMsMax, exitCodes, type OpenTerminal, runCommand } from './run-command.ts';
export { quote, shellWord } from './shell-words.ts';
export type { Terminal } from './terminal.ts';
export { unlessAborted } from './unless-aborted.ts';
