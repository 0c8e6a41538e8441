import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { lstatSync } from 'node:fs';
import { constants } from 'node:os';
import { createInterface } from 'node:readline';
import { removeLeftFolder } from '../folders/owned-folder.ts';
import type { ProcessUser } from './postgres-binaries.ts';
import { endServerOf } from './postgres-leftovers.ts';

/** Lines of the server's log that are kept to explain why it does not start, or ends. */
const logLinesMax = 20;

/**
 * A fast shutdown ends transactions and writes all data, which takes well under a second, unless
 * the disk is full.
 */
const fastSecondsMax = 3;
/** PostgreSQL itself kills what has not ended five seconds after an immediate shutdown. */
const immediateSecondsMax = 6;

/**
 * An `initdb` whose start was killed adds files for a second or two, and for longer on a busy
 * machine, so its folder may not go at once. Ten of these take a second.
 */
const removalsMax = 600;
/** A folder that stays empty for so many removals is one that its user cannot remove. */
const emptiesMax = 3;

/**
 * Runs PostgreSQL once it reads a line, and ends it when standard input closes: on `stop`, and also
 * when this process is killed, because the kernel closes the pipe then. In either case, and where
 * no line comes, it removes the run folder; before that it writes the exit code of the server. `$1`
 * is the signal that ends the server, `$2` the run folder.
 */
export const supervisor = `
signal=$1; folder=$2; shift 2
exec 3<&0
remove() {
  tries=0; empties=0
  # Its user may empty a folder that it cannot take out of one of root's. But a folder is also empty
  # after a removal that met a file which went meanwhile.
  until rm -rf "$folder" 2>/dev/null || [ "$empties" -ge ${emptiesMax} ] ||
    [ "$tries" -ge ${removalsMax} ]
  do
    if left=$(ls -A "$folder" 2>/dev/null) && [ -z "$left" ]
    then empties=$((empties + 1))
    else empties=0
    fi
    tries=$((tries + 1)); sleep 0.1
  done
}
read -r line <&3 || { remove; exit 1; }
"$@" </dev/null >/dev/null & server=$!
(
  trap - TERM INT HUP
  # Also where the shell is gone that would end this one.
  until_ended() {
    naps=$(($1 * 10))
    while kill -0 "$server" && [ "$naps" -gt 0 ]; do naps=$((naps - 1)); sleep 0.1; done
  }
  read -r line <&3; exec 3<&-
  kill -s "$signal" "$server"
  if [ "$signal" = INT ]; then until_ended ${fastSecondsMax}; kill -s QUIT "$server"; fi
  until_ended ${immediateSecondsMax}; kill -s KILL "$server"
) >/dev/null 2>&1 & watcher=$!
trap 'kill -s "$signal" "$server" 2>/dev/null' TERM INT HUP
wait "$server"; code=$?
while kill -0 "$server" 2>/dev/null; do wait "$server"; code=$?; done
# Nobody may read it any more, which would end this shell.
(echo "$code") 2>/dev/null
kill "$watcher" 2>/dev/null
remove
exit "$code"
`;

export type Supervision = {
  readonly command: readonly string[];
  readonly user: ProcessUser | undefined;
  /** Holds the socket; removed at the end. */
  readonly runFolder: string;
  readonly keep: boolean;
  /** The folder of the data, which errors name. */
  readonly dataFolder: string;
  /** A process that the lock of the data names and that is no server. */
  readonly staleHolder: number | undefined;
};

/** A shell that starts PostgreSQL and ends it. */
export interface PostgresSupervisor {
  /**
   * Starts the server; resolves when it accepts connections.
   *
   * @throws {ServerEnded} when it ends before.
   */
  readonly launch: () => Promise<void>;
  /**
   * Aborts with a {@link ServerEnded} when the server, or the shell, ends without having been told
   * to.
   */
  readonly failed: AbortSignal;
  /** Resolves when nothing of it is left. */
  readonly stop: () => Promise<void>;
}

/** The server ended: its last words. */
export class ServerEnded extends Error {
  override readonly name = 'ServerEnded';
  readonly log: readonly string[];

  constructor(reason: string, log: readonly string[]) {
    super(`PostgreSQL has ended: ${reason}`);
    this.log = log;
  }
}

const signalName = (code: number): string | undefined =>
  Object.entries(constants.signals).find(([, number]) => number === code - 128)?.[0];

type Entry = { readonly level: string; readonly text: string };

/**
 * An entry of the server's log; `undefined` for a further line of an entry, which begins with a
 * tab. Such a line may hold a client's statement.
 */
const entryOf = (line: string): Entry | undefined => {
  const [, , zone, pid = '', level = ''] = line.split(' ', 5);
  if (line.startsWith('\t') || zone !== 'UTC' || !pid.startsWith('[')) return undefined;
  return { level, text: line.slice(line.indexOf(level) + level.length).trim() };
};

/** Whether the server was told to end. It may then wait for its clients. */
const isTold = ({ level, text }: Entry): boolean =>
  level === 'LOG:' && text.startsWith('received ') && text.endsWith(' shutdown request');

/** Whether the disk is full. The server then goes on, and refuses every change of data. */
const isFull = ({ level, text }: Entry): boolean => {
  if (level === 'HINT:') return text === 'Check free disk space.';
  const failed = ['ERROR:', 'FATAL:', 'PANIC:', 'LOG:', 'WARNING:'].includes(level);
  return (
    failed &&
    text.startsWith('could not ') &&
    /: (No space left on device|Disk quota exceeded)$/.test(text)
  );
};

const isCrash = ({ level, text }: Entry): boolean =>
  level === 'PANIC:' || (level === 'LOG:' && / (was terminated by|exited with) /.test(text));

/** Why a server ended: in the words of its log, if it wrote any. */
const reasonOf = (code: number | undefined, log: readonly string[], dataFolder: string): string => {
  const entries = log.flatMap((line) => entryOf(line) ?? []);
  if (entries.some(isFull)) {
    return `no space is left on the disk of ${dataFolder}: make room, and start again`;
  }
  const words = entries.findLast(isCrash) ?? entries.findLast(isTold);
  if (words !== undefined) return words.text;
  if (code === undefined) return 'the shell that supervises it was killed';
  const signal = signalName(code);
  return signal === undefined ? `it exited with code ${code}` : `it was killed (${signal})`;
};

const spawnShell = (supervision: Supervision): ChildProcess => {
  const { command, user, runFolder, keep, staleHolder } = supervision;
  // A fast shutdown writes data that is kept. A server whose data is removed may stop at once.
  const signal = keep ? 'INT' : 'QUIT';
  const child = spawn('/bin/sh', ['-c', supervisor, 'sh', signal, runFolder, ...command], {
    ...user,
    cwd: runFolder,
    env: {
      LC_ALL: 'C',
      // `pg_ctl` gives the number of its parent in this variable. The server takes no process with
      // this number for a server that holds its data.
      ...(staleHolder === undefined ? {} : { PG_GRANDPARENT_PID: String(staleHolder) }),
    },
    stdio: 'pipe',
    // Ctrl-C in a terminal must reach us, not the server.
    detached: true,
  });
  child.stdin.on('error', () => undefined);
  child.once('error', () => undefined);
  return child;
};

/**
 * Starts the supervisor before the database is made, so that a start that is killed meanwhile
 * leaves no folder.
 */
export const superviseServer = (supervision: Supervision): PostgresSupervisor => {
  const { runFolder, keep, dataFolder } = supervision;
  const child = spawnShell(supervision);
  const log: string[] = [];
  const failure = new AbortController();
  const ready = Promise.withResolvers<void>();
  let stopping = false;
  const end = (code: number | undefined): void => {
    const ended = new ServerEnded(reasonOf(code, log, dataFolder), log);
    ready.reject(ended);
    if (!stopping) failure.abort(ended);
  };
  // No caller may be waiting for it yet.
  ready.promise.catch(() => undefined);
  // The log is read for as long as the server lives, because the server stalls when the pipe is
  // full.
  createInterface({ input: child.stderr as NodeJS.ReadableStream }).on('line', (line) => {
    log.push(line);
    if (log.length > logLinesMax) log.shift();
    if (line.includes('database system is ready to accept connections')) ready.resolve();
    const entry = entryOf(line);
    if (entry && (isTold(entry) || isFull(entry))) end(undefined);
  });
  const codes = createInterface({ input: child.stdout as NodeJS.ReadableStream });
  // The server's last lines come through another pipe. These turns of the event loop read them
  // first.
  codes.on('line', (code) => setImmediate(() => setImmediate(end, Number(code))));
  const exited = once(child, 'exit').then(
    () => void setImmediate(() => setImmediate(end, undefined)),
    (error: unknown) => ready.reject(error),
  );
  return {
    failed: failure.signal,
    launch: () => {
      child.stdin?.write('start\n');
      return ready.promise;
    },
    stop: async () => {
      stopping = true;
      child.stdin?.end();
      await exited;
      const left = lstatSync(runFolder, { throwIfNoEntry: false });
      if (!left) return;
      // The shell was killed, or its user may not remove the folder because root owns the folder
      // above.
      await endServerOf(runFolder, keep);
      removeLeftFolder({ path: runFolder, uid: left.uid, gid: left.gid });
    },
  };
};
