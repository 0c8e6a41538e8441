import type { VerifiedConnection, VerifiedMigrations } from 'antipode/internal/domain';
import type { FunctionView } from '../regions/region-view.ts';
import { type Check, CheckFailed } from './check.ts';
import type { Half } from './half.ts';
import { deployAgain, migrateUp, remedyOf, setRole } from './remedies.ts';

const nameInArn = (arn: string): string => arn.slice(arn.lastIndexOf('/') + 1);

/** The role of the stack that no other function has: the one that a function has lost. */
const lostRole = ({ view, functions }: Half, iamRoles: readonly string[]): string | undefined => {
  const used = new Set(functions.map(({ role }) => role));
  const own = new Set(view.ids('AWS::IAM::Role'));
  return iamRoles.find((arn) => own.has(nameInArn(arn)) && !used.has(arn));
};

const checkRole = async (
  half: Half,
  { name, role }: FunctionView,
  granted: Promise<readonly string[]>,
): Promise<string> => {
  const { view } = half;
  if (view.ids('AWS::IAM::Role').includes(nameInArn(role))) return nameInArn(role);
  const own = lostRole(half, await granted);
  throw new CheckFailed(
    `${name} runs under ${role}, which is no role of ${view.stack}`,
    own === undefined ? deployAgain(view) : setRole(view, name, own),
  );
};

const checkGrant = async (
  { view, endpoint }: Half,
  { role: iamRole, environment }: FunctionView,
  granted: Promise<readonly string[]>,
): Promise<string> => {
  const { DSQL_USER: role = '' } = environment;
  if ((await granted).includes(iamRole)) return `may connect as ${role}`;
  throw new CheckFailed(
    `${iamRole} may not connect as ${role}: the grant is missing`,
    migrateUp(view, endpoint, { role, iamRole }),
  );
};

/** A function that does not connect: its IAM role is not let in, or something else keeps it. */
const notConnected = (
  { view, endpoint }: Half,
  { name, role: iamRole, environment }: FunctionView,
  cause: unknown,
): CheckFailed => {
  const { DSQL_USER: role = '' } = environment;
  const { message } = cause as Error;
  // An expired token is denied in the same words, and no grant helps it.
  const isDenied =
    /access denied|unable to accept connection/i.test(message) &&
    !/signature expired|token had expired/i.test(message);
  const remedy = isDenied
    ? migrateUp(view, endpoint, { role, iamRole })
    : remedyOf(cause, view, view.region);
  return new CheckFailed(`${name} does not connect as ${role}: ${message}`, remedy, { cause });
};

const checkConnection = async (half: Half, one: FunctionView): Promise<string> => {
  try {
    const answer = await half.view.ask(one.name, { name: 'connection' });
    const { user, ms } = answer as VerifiedConnection;
    return `connected as ${user} in ${ms} ms`;
  } catch (error) {
    throw notConnected(half, one, error);
  }
};

const checkMigrations = async (
  { view, endpoint, role }: Half,
  answer: Promise<VerifiedMigrations>,
): Promise<string> => {
  const { pending, problems, missingTables } = await answer;
  const up = migrateUp(view, endpoint, role === undefined ? {} : { role });
  const [problem] = problems;
  if (problem !== undefined) throw new CheckFailed(problem, 'antipode migrate plan');
  if (pending.length > 0) throw new CheckFailed(`not applied: ${pending.join(', ')}`, up);
  if (missingTables.length > 0) {
    throw new CheckFailed(`the schema has no table ${missingTables.join(', ')}`, up);
  }
  return 'all applied';
};

/** The migrations, and the roles, the grants and the connection of each function. */
export const functionChecks = (half: Half): readonly Check[] => {
  const { view, migrate, functions } = half;
  const { region } = view;
  const answer: Promise<VerifiedMigrations> = migrate
    ? (view.ask(migrate.name, { name: 'migrations' }) as Promise<VerifiedMigrations>)
    : Promise.reject(new CheckFailed('there is no function that migrates', deployAgain(view)));
  const granted = answer.then(({ iamRoles }) => iamRoles);
  // Each check that needs the answer waits for it by itself.
  granted.catch(() => undefined);
  const check = (name: string, run: Check['run']): Check => ({ region, name, run });
  return [
    check('migrations', () => checkMigrations(half, answer)),
    ...functions.map((one) => check(`role of ${one.name}`, () => checkRole(half, one, granted))),
    ...functions
      .filter((one) => one !== migrate)
      .flatMap((one) => [
        check(`grant of ${one.name}`, () => checkGrant(half, one, granted)),
        check(`connection of ${one.name}`, () => checkConnection(half, one)),
      ]),
  ];
};
