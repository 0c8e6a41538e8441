import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { ProjectSequencer } from './test/support/project-sequencer.ts';

/** Folder of the tests that judge the tree itself; they compile and lint copies of it. */
const architecture = 'test/arch/**';

/**
 * Long proofs: what a shorter test of the same rule tries at one point, they try at every point.
 * `npm run proofs` runs them. The part before `.proof` says what a proof needs, as for any other
 * test.
 */
const proofs = '**/*.proof.test.ts';

/** All projects share these; the first project sets them up. */
const setUps = [
  'test/support/temporary-folder.setup.ts',
  'test/support/compile-cache.setup.ts',
  'test/support/kept-bundles.setup.ts',
  'test/support/go-heap.setup.ts',
];

/**
 * A poll that finds nothing ends after this time. It is long because several tests share a core.
 */
const poll = { timeout: 30_000 };

/**
 * An end-to-end test mostly polls by a command or a request, which takes as much processor time as
 * Vitest's 50 ms between two polls, while the functions that it waits for need the processor.
 */
const slowPoll = { ...poll, interval: 250 };

/**
 * These workers mostly wait for PostgreSQL and for processes that they have started, so there are
 * more of them than cores. A laptop has memory for eight.
 */
const waitingWorkers = Math.min(availableParallelism() + 2, 8);

/**
 * V8 compiles the parser of PostgreSQL's grammar, which is WebAssembly, a second time in the
 * background, for programs that run for long. That takes 0.5 s of processor time in each process
 * that parses, and a test parses too little to gain it back.
 */
const execArgv = ['--liftoff-only'];

/**
 * Unit tests come first, on all cores. The others then follow in the order of their projects, on
 * more workers than cores: the end-to-end tests, which start the local stack and take longest each;
 * those that compile and lint copies of the tree; the integration tests, whose workers have a
 * PostgreSQL each, which their global setup starts; and, where they are asked for, the long proofs.
 */
export default defineConfig({
  test: {
    sequence: { sequencer: ProjectSequencer },
    projects: [
      {
        test: {
          name: 'unit',
          execArgv,
          globalSetup: setUps,
          include: ['test/**/*.test.ts'],
          exclude: ['**/*.int.test.ts', '**/*.e2e.test.ts', architecture, proofs],
          // Nothing is mutable at module scope, so files may share it: a sixth of the time.
          isolate: false,
          // Seconds at most; the machine may have much more to do.
          testTimeout: 120_000,
          hookTimeout: 120_000,
          maxWorkers: '100%',
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: 'e2e',
          execArgv,
          include: ['test/**/*.e2e.test.ts'],
          globalSetup: setUps,
          // As for the unit tests: a process of its own costs a file 0.5 s of processor time.
          isolate: false,
          testTimeout: 120_000,
          hookTimeout: 120_000,
          expect: { poll: slowPoll },
          maxWorkers: waitingWorkers,
          sequence: { groupOrder: 2 },
        },
      },
      {
        test: {
          name: 'arch',
          globalSetup: [...setUps, 'test/arch/compile.setup.ts'],
          include: [`${architecture}/*.test.ts`],
          exclude: [proofs],
          isolate: false,
          testTimeout: 120_000,
          hookTimeout: 120_000,
          maxWorkers: waitingWorkers,
          sequence: { groupOrder: 2 },
        },
      },
      {
        test: {
          name: 'int',
          execArgv,
          include: ['test/**/*.int.test.ts'],
          globalSetup: [...setUps, 'test/support/postgres.setup.ts'],
          isolate: false,
          testTimeout: 120_000,
          hookTimeout: 120_000,
          expect: { poll },
          maxWorkers: waitingWorkers,
          sequence: { groupOrder: 2 },
        },
      },
      {
        test: {
          name: 'proof',
          execArgv,
          include: [`test/${proofs}`],
          globalSetup: [...setUps, 'test/arch/compile.setup.ts', 'test/support/postgres.setup.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          expect: { poll },
          maxWorkers: waitingWorkers,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
