import { findNextStep } from '../../../infra/peering/next-steps.ts';
import { type App, withRevision } from './app.ts';
import { type Apps, changeApps, refusedChanges } from './apps.ts';
import { type CommandOutcome, createDeployer } from './deployer.ts';
import { drawFaults, noFaults } from './faults.ts';
import { type Command, takeNextStep } from './next-step.ts';
import { createRandom, type Random } from './random.ts';
import { type Hang, onVirtualTime, type VirtualTime } from './virtual-time.ts';
import { type Bug, createWorld, type World } from './world.ts';

/** The findings of a life about the code under test. */
export type Verdict = {
  readonly seed: number;
  /** Broken rules, the first of them first; none in a good life. */
  readonly problems: readonly string[];
  /** Commands, and how many of them failed and were mended by the next step. */
  readonly commands: number;
  readonly mended: number;
  /** Each command with its end, for a person who looks into a seed. */
  readonly log: readonly string[];
};

/** All commands of a life together: many hours, since CloudFormation waits for hours. */
const lifeMsMax = 200 * 3_600_000;

const updatesMax = 3;

/** Steps after a failed command: some meet failures again, and the last one does not. */
const stepsMax = 3;

/** More than DSQL takes to delete a cluster. */
const deletionMs = 600_000;

/** How often a life tries to change its Regions or its witness after a deployment. */
const changeRate = 0.25;

const clusterType = 'AWS::DSQL::Cluster';

const clusterIds = ({ cloudFormation }: World, app: App): readonly string[] =>
  app.stacks.flatMap(({ key }) => cloudFormation.physicalIds(key, clusterType));

/** The rules for a service that was deployed: two clusters that are one database, and no other. */
const deploymentProblems = (world: World, app: App): readonly string[] => {
  const ids = clusterIds(world, app);
  const clusters = ids.map((id) => world.registry.list().find((one) => one.identifier === id));
  if (clusters.length !== 2) return [`it has ${clusters.length} clusters`];
  return clusters.flatMap((cluster, at) => {
    if (!cluster) return [`cluster ${ids[at]} does not exist`];
    const status = world.registry.status(cluster);
    const other = clusters[1 - at];
    const names = cluster.multiRegionProperties?.clusters ?? [];
    return [
      ...(['ACTIVE', 'IDLE', 'INACTIVE'].includes(status) ? [] : [`a cluster is ${status}`]),
      ...(other && names.includes(other.arn) ? [] : ['a cluster does not name its peer']),
    ];
  });
};

/**
 * A cluster that no stack has is one whose creation has failed, and a list by tag names it. Any
 * other one costs money, and nobody knows of it.
 */
const orphanProblems = (world: World, app: App): readonly string[] => {
  const owned = new Set(clusterIds(world, app));
  return world.registry
    .list()
    .filter(({ identifier }) => !owned.has(identifier))
    .flatMap((cluster) => {
      const { identifier, region, tags } = cluster;
      const status = world.registry.status(cluster);
      const isNamed = tags['Name'] === `antipode-small-${region}`;
      if (isNamed && (status === 'FAILED' || status === 'DELETING')) return [];
      return [`no stack has the cluster ${identifier}, which is ${status}`];
    });
};

/** The database has every migration of the code, and its clients have its role. */
const migrationProblems = (world: World, app: App, revision: number): readonly string[] => {
  const ids = clusterIds(world, app);
  const pair = [...world.databases.keys()].find((arns) => ids.every((id) => arns.includes(id)));
  const database = world.databases.get(pair ?? '');
  return [
    ...(database?.applied === revision
      ? []
      : [`${database?.applied} of ${revision} migrations are there`]),
    ...(database && database.granted.length > 0 ? [] : ['nobody has the role of the database']),
  ];
};

type Life = {
  readonly world: World;
  readonly random: Random;
  readonly problems: string[];
  readonly log: string[];
  readonly counts: { commands: number; mended: number };
};

const describe = (outcome: CommandOutcome): string =>
  outcome.done ? 'done' : `${outcome.stack} ${outcome.status}: ${outcome.reason}`;

/** Runs a command under failures; one that fails must be mended by the step that it names. */
const runCommand = async (life: Life, command: Command, app: App): Promise<boolean> => {
  const { world, random, log, problems, counts } = life;
  const deployer = createDeployer(world.cloudFormation);
  const deps = { app, world, deployer };
  counts.commands += 1;
  const faults = drawFaults(random);
  world.setFaults(faults);
  world.refuseMigrations(faults.refusedMigration);
  let outcome = await (command === 'deploy' ? deployer.deploy(app) : deployer.destroy(app));
  log.push(`${command}: ${describe(outcome)}`);
  if (faults.mild && !outcome.done) {
    problems.push(`failures that pass have failed ${command}: ${describe(outcome)}`);
    return false;
  }
  // One step more: a migration that is refused shows itself only when all else is well.
  for (let step = 1; !outcome.done && step <= stepsMax + 1; step += 1) {
    const quiet = step >= stepsMax || random.happens(0.5);
    world.setFaults(quiet ? noFaults : drawFaults(random));
    const next = await takeNextStep(command, outcome, deps);
    if (next === undefined) {
      problems.push(`no next step is documented after ${command}: ${describe(outcome)}`);
      return false;
    }
    outcome = next;
    log.push(`next step${quiet ? '' : ' under failures'}: ${describe(outcome)}`);
    if (quiet && !outcome.done && !outcome.reason.includes('correct this migration')) {
      problems.push(`the next step after ${command} does not help: ${describe(outcome)}`);
      return false;
    }
    if (outcome.done) counts.mended += 1;
  }
  return outcome.done;
};

const deploy = async (
  life: Life,
  app: App,
  kept: readonly string[],
  revision: number,
): Promise<readonly string[]> => {
  const { world, problems } = life;
  await runCommand(life, 'deploy', app);
  if (problems.length > 0) return kept;
  problems.push(...deploymentProblems(world, app), ...orphanProblems(world, app));
  problems.push(...migrationProblems(world, app, revision));
  world.setFaults(noFaults);
  await createDeployer(world.cloudFormation).runOutput(app);
  const ids = clusterIds(world, app);
  if (world.separated.length > 0) {
    problems.push(`an update has taken the peer from ${world.separated.join(' and ')}`);
  }
  if (world.tooEarly.length > 0) problems.push('the database was migrated before it was peered');
  const lost = kept.filter((id) => !ids.includes(id));
  if (lost.length > 0) problems.push(`the data of ${lost.join(' and ')} is lost`);
  return ids;
};

/** Everything that a refused change must leave as it is. */
const stateOf = ({ registry, databases, cloudFormation }: World, { stacks }: App): string =>
  JSON.stringify([
    registry.list().map((cluster) => [cluster, registry.status(cluster)]),
    [...databases],
    stacks.map(({ key }) => [cloudFormation.status(key), cloudFormation.parameters(key)]),
  ]);

/**
 * Deploys with another witness or other Regions. It must be refused before any data is made or
 * changed, and the documented next step must lead back.
 */
const change = async (life: Life, app: App, changed: App): Promise<void> => {
  const { world, log, problems, counts } = life;
  const deployer = createDeployer(world.cloudFormation);
  // A stack that has failed would be mended by the deployment, and the state with it.
  const before = stateOf(world, app);
  counts.commands += 1;
  const outcome = await deployer.deploy(changed);
  log.push(`changed settings: ${describe(outcome)}`);
  if (outcome.done) {
    problems.push('a deployment has taken settings that cannot change');
    return;
  }
  if (stateOf(world, app) !== before) {
    problems.push(`a refused deployment has changed something: ${describe(outcome)}`);
  }
  const step = findNextStep(outcome);
  if (!step?.actions.includes('set the variable back')) {
    problems.push(`no way back is documented: ${describe(outcome)}`);
    return;
  }
  const mended = await takeNextStep('deploy', outcome, { app, world, deployer });
  if (mended?.done) counts.mended += 1;
  else problems.push(`the way back does not help: ${mended ? describe(mended) : 'none'}`);
  const left = changed.stacks.filter(({ key }) => !app.stacks.some((one) => one.key === key));
  const kept = left.filter(({ key }) => world.cloudFormation.status(key) !== undefined);
  if (kept.length > 0) problems.push(`it leaves ${kept.map(({ key }) => key).join(' and ')}`);
};

/** Destroys the app; clusters that are protected stay as they are, and may be deleted by hand. */
const destroy = async (life: Life, app: App, isProtected: boolean): Promise<void> => {
  const { world, problems } = life;
  const { registry } = world;
  const before = clusterIds(world, app);
  await runCommand(life, 'destroy', app);
  if (problems.length > 0) return;
  const left = registry
    .list()
    .filter((cluster) => !['FAILED', 'DELETING'].includes(registry.status(cluster)));
  const expected = isProtected ? before : [];
  const found = left.map(({ identifier }) => identifier);
  if (found.toSorted().join() !== expected.toSorted().join()) {
    problems.push(`destroyed; there should be ${expected.join()}, and there is ${found.join()}`);
  }
  for (const cluster of registry.list()) {
    if (registry.status(cluster) === 'DELETING') continue;
    registry.remove(registry.update(cluster, { deletionProtectionEnabled: false }));
  }
  await world.time.sleep(deletionMs);
  if (registry.list().length > 0) problems.push('clusters that were kept cannot be deleted');
};

/** Deployments, changes of settings in any order, and deletions, until nothing is left. */
const live = async (life: Life, apps: Apps): Promise<void> => {
  const { random, problems } = life;
  let revision = 1;
  for (let round = random.whole(1, 2); round > 0; round -= 1) {
    let kept: readonly string[] = [];
    let isProtected = false;
    for (let update = random.whole(1, updatesMax); update > 0; update -= 1) {
      isProtected = random.happens(0.5);
      revision += random.whole(0, 1);
      const app = withRevision(isProtected ? apps.data.on : apps.data.off, revision);
      kept = await deploy(life, app, kept, revision);
      if (problems.length > 0) return;
      if (random.happens(changeRate)) {
        const { [random.pick(refusedChanges)]: changed } = apps.changed;
        await change(life, app, withRevision(isProtected ? changed.on : changed.off, revision));
      }
      if (problems.length > 0) return;
    }
    await destroy(life, isProtected ? apps.data.on : apps.data.off, isProtected);
    if (problems.length > 0) return;
  }
};

/** Plays the life of one seed. */
export const playLife = async (seed: number, apps: Apps, bug?: Bug): Promise<Verdict> => {
  const random = createRandom(seed);
  const problems: string[] = [];
  const log: string[] = [];
  const counts = { commands: 0, mended: 0 };
  const changed = bug?.app ? changeApps(apps, bug.app) : apps;
  const play = (time: VirtualTime) =>
    live({ world: createWorld(time, random, bug), random, problems, log, counts }, changed);
  await onVirtualTime(lifeMsMax, play).catch((error: Hang) => {
    problems.push(`${error.name}: ${error.message}`);
  });
  return { seed, problems, log, ...counts };
};

/** The first problem that a bug makes in the lives of the first seeds. */
export const findProblem = async (
  apps: Apps,
  bug: Bug,
  livesMax: number,
): Promise<string | undefined> => {
  for (let seed = 1; seed <= livesMax; seed += 1) {
    const { problems } = await playLife(seed, apps, bug);
    if (problems[0] !== undefined) return problems[0];
  }
  return undefined;
};
