import { parseArn } from '../arn.ts';
import { localAccount } from './identities.ts';
import { type JsonObject, listOf, objectOf, stringOf, stringsOf } from './json.ts';
import type { Resource } from './model.ts';

/**
 * A request for an action on a resource. A resource policy also judges the service that asks, and
 * on behalf of what.
 */
export type AccessRequest = {
  readonly action: string;
  readonly resource: string;
  readonly service?: string;
  readonly sourceArn?: string;
  /** Other condition keys whose values are known, in small letters. */
  readonly context?: Readonly<Record<string, string>>;
};

/**
 * Whether a whole value matches a pattern, in which a star stands for any characters and a question
 * mark for one. Only the last star takes further characters, so that many stars cost no more than
 * one.
 */
const matchesGlob = (wanted: string, given: string): boolean => {
  let [at, from] = [0, 0];
  let star: { readonly at: number; from: number } | undefined;
  while (from < given.length) {
    if (wanted[at] === '*') {
      star = { at, from };
      at += 1;
    } else if (wanted[at] === '?' || wanted[at] === given[from]) {
      at += 1;
      from += 1;
    } else if (star) {
      star.from += 1;
      at = star.at + 1;
      from = star.from;
    } else {
      return false;
    }
  }
  while (wanted[at] === '*') at += 1;
  return at === wanted.length;
};

const matchesAny = (patterns: readonly string[], value: string): boolean =>
  patterns.some((pattern) => matchesGlob(pattern, value));

/** IAM takes actions in any case, and resources as they are. */
const matchesAction = ({ Action }: JsonObject, action: string): boolean =>
  matchesAny(
    stringsOf(Action).map((pattern) => pattern.toLowerCase()),
    action.toLowerCase(),
  );

/** Operators that compare texts or ARNs, for one value or a set of them. */
const operatorPattern = /^(?:ForA(?:nyValue|llValues):)?(?:String|Arn)(Not)?(Equals|Like)$/;

/** Whether a value meets an operator; `undefined` for one that is not evaluated here. */
const meets = (operator: string, wanted: readonly string[], value: string) => {
  const [, not, kind] = operatorPattern.exec(operator) ?? [];
  if (kind === undefined) return undefined;
  // ARNs are compared alike by both operators: with stars.
  const isPattern = kind === 'Like' || operator.includes('Arn');
  const isMatch = isPattern ? matchesAny(wanted, value) : wanted.includes(value);
  return isMatch !== (not !== undefined);
};

/**
 * Of the conditions, only those on the resource for which a service acts and on the keys of the
 * context are evaluated. A grant counts as if its other conditions were met, and a denial as if
 * they were not. A usual denial is that of requests without TLS.
 */
const conditionsMet = (
  statement: JsonObject,
  { sourceArn, context = {} }: Pick<AccessRequest, 'sourceArn' | 'context'>,
): boolean =>
  Object.entries(objectOf(statement['Condition'])).every(([operator, operands]) =>
    Object.entries(objectOf(operands)).every(([name, values]) => {
      const key = name.toLowerCase();
      if (key === 'aws:sourcearn' && sourceArn !== undefined) {
        return matchesAny(stringsOf(values), sourceArn);
      }
      const value = context[key];
      const met = value === undefined ? undefined : meets(operator, stringsOf(values), value);
      return met ?? statement['Effect'] === 'Allow';
    }),
  );

const concerns = (statement: JsonObject, request: AccessRequest): boolean =>
  matchesAction(statement, request.action) &&
  matchesAny(stringsOf(statement['Resource']), request.resource) &&
  (request.service === undefined || isPrincipal(statement, request.service)) &&
  conditionsMet(statement, request);

const isPrincipal = (statement: JsonObject, service: string): boolean => {
  const principal = statement['Principal'];
  const { AWS, Service } = objectOf(principal);
  return principal === '*' || AWS === '*' || stringsOf(Service).includes(service);
};

const statementsOf = (document: JsonObject): readonly JsonObject[] =>
  listOf(document['Statement']).map(objectOf);

/** Whether statements allow a request and none denies it. */
const allows = (statements: readonly JsonObject[], request: AccessRequest): boolean => {
  const effects = statements
    .filter((statement) => concerns(statement, request))
    .map((statement) => stringOf(statement['Effect']));
  return effects.includes('Allow') && !effects.includes('Deny');
};

/** The identity that sends an event. */
export type EventSender = { readonly principalArn: string; readonly source: string };

/** Answers whether the policies of a template permit a request. */
export interface Policies {
  /** Whether a role may be assumed by a service and then do something. */
  readonly roleAllows: (roleArn: string, assumedBy: string, request: AccessRequest) => boolean;
  /** Whether the policies of a queue let a service send to it. */
  readonly queueAllows: (queueArn: string, request: AccessRequest) => boolean;
  /** Whether the policies of a bus deny a principal to send events of a source. */
  readonly busDenies: (busArn: string, sender: EventSender) => boolean;
  /** Whether a function's resource policy lets a service invoke it on behalf of a resource. */
  readonly functionAllows: (functionArn: string, service: string, sourceArn: string) => boolean;
}

const ofType = (resources: readonly Resource[], type: string): readonly Resource[] =>
  resources.filter((resource) => resource.type === type);

const roleStatements = (resources: readonly Resource[], role: Resource): readonly JsonObject[] => {
  const attachedArns = stringsOf(role.properties['ManagedPolicyArns']);
  const attached = resources.filter(
    ({ type, ref, properties }) =>
      (type === 'AWS::IAM::Policy' && stringsOf(properties['Roles']).includes(role.ref)) ||
      (type === 'AWS::IAM::ManagedPolicy' &&
        (attachedArns.includes(ref) || stringsOf(properties['Roles']).includes(role.ref))),
  );
  return [
    ...listOf(role.properties['Policies']).map(objectOf),
    ...attached.map((p) => p.properties),
  ]
    .map((policy) => objectOf(policy['PolicyDocument']))
    .flatMap(statementsOf);
};

/** Reads the roles, queue policies and function permissions among resolved resources. */
export const createPolicies = (resources: readonly Resource[]): Policies => ({
  roleAllows: (roleArn, assumedBy, request) => {
    const role = ofType(resources, 'AWS::IAM::Role').find(
      ({ attributes }) => attributes['Arn'] === roleArn,
    );
    if (!role) return false;
    const trust = statementsOf(objectOf(role.properties['AssumeRolePolicyDocument']));
    return (
      trust.some(
        (statement) => statement['Effect'] === 'Allow' && isPrincipal(statement, assumedBy),
      ) && allows(roleStatements(resources, role), request)
    );
  },
  queueAllows: (queueArn, request) => {
    const queue = ofType(resources, 'AWS::SQS::Queue').find(
      ({ attributes }) => attributes['Arn'] === queueArn,
    );
    const policies = ofType(resources, 'AWS::SQS::QueuePolicy').filter(
      ({ properties }) => queue && stringsOf(properties['Queues']).includes(queue.ref),
    );
    const documents = policies.map(({ properties }) => objectOf(properties['PolicyDocument']));
    return allows(documents.flatMap(statementsOf), request);
  },
  busDenies: (busArn, { principalArn, source }) => {
    const context = { 'aws:principalarn': principalArn, 'events:source': source };
    return ofType(resources, 'AWS::Events::EventBusPolicy')
      .map(({ properties }) => objectOf(properties['Statement']))
      .some(
        (statement) =>
          statement['Effect'] === 'Deny' &&
          concerns(statement, { action: 'events:PutEvents', resource: busArn, context }),
      );
  },
  functionAllows: (functionArn, service, sourceArn) =>
    ofType(resources, 'AWS::Lambda::Permission').some(({ region, properties }) => {
      const own = parseArn(functionArn);
      const target = stringOf(properties['FunctionName']) ?? '';
      const source = stringOf(properties['SourceArn']);
      return (
        own?.region === region &&
        own.account === localAccount &&
        (target === functionArn || functionArn.endsWith(`:function:${target}`)) &&
        properties['Principal'] === service &&
        matchesAction(properties, 'lambda:InvokeFunction') &&
        (source === undefined || matchesAny([source], sourceArn))
      );
    }),
});
