import {
  type HttpRequest,
  type HttpResponse,
  type Route,
  signatureScope,
  unknownService,
} from 'antipode-local-dsql/http';

/** A Region behind the ports. */
type FrontRegion = {
  readonly region: string;
  /** Its routes without the one that leads to it. */
  readonly services: () => readonly Route[];
  readonly isRunning: () => boolean;
};

/** Codes by which services say that they do not have an operation. */
const unknownCodes = ['UnknownOperationException', 'InvalidAction', 'NotImplemented'];

/** An error of a service is short: a longer body is an answer. */
const errorBytesMax = 4096;

const isUnknownOperation = ({ status, headers, body = '' }: HttpResponse): boolean => {
  if (status < 400 || body.length > errorBytesMax) return false;
  const text = `${String(headers?.['x-amzn-errortype'] ?? '')} ${body.toString()}`;
  return unknownCodes.some((code) => text.includes(code));
};

/** The operation of a request, as its protocol names it. */
const operationName = ({ method, path, headers, body, query }: HttpRequest): string => {
  const target = headers['x-amz-target'];
  if (target !== undefined) return target;
  const isForm = headers['content-type']?.startsWith('application/x-www-form-urlencoded') === true;
  const form = isForm ? new URLSearchParams(body.toString('utf8')) : query;
  return form.get('Action') ?? `${method} ${path}`;
};

const stopped = (region: string): HttpResponse => ({
  status: 503,
  headers: { 'x-amzn-errortype': 'ServiceUnavailable' },
  body: JSON.stringify({ __type: 'ServiceUnavailable', message: `${region} is stopped.` }),
});

const firstAnswer = async (
  request: HttpRequest,
  routes: readonly Route[],
): Promise<HttpResponse | undefined> => {
  for (const route of routes) {
    const answer = await route(request);
    if (answer) return answer;
  }
  return undefined;
};

const front =
  (own: string, regions: readonly FrontRegion[], onUnknown: (line: string) => void): Route =>
  async (request) => {
    const scope = signatureScope(request);
    if (!scope) return undefined;
    const find = (name: string) => regions.find(({ region }) => region === name);
    const target = find(scope.region) ?? find(own);
    if (!target) return undefined;
    if (!target.isRunning()) return stopped(target.region);
    const answer = (await firstAnswer(request, target.services())) ?? unknownService(request);
    if (isUnknownOperation(answer)) {
      const operation = operationName(request);
      onUnknown(`${target.region}: nothing here answers ${operation} of ${scope.service}`);
    }
    return answer;
  };

/**
 * Leads each signed request to the Region that it is signed for, so that every port serves all
 * Regions. The port's own Region answers for a Region that does not run here, and requests without
 * a signature.
 *
 * @param ports their routes may be added later, behind the first one
 * @param onUnknown receives a line for each operation that no service here has
 * @example
 * openRegionFronts(ports, () => true, console.error);
 */
export const openRegionFronts = (
  ports: readonly { readonly region: string; readonly routes: Route[] }[],
  isRunning: (region: string) => boolean,
  onUnknown: (line: string) => void,
): void => {
  const regions: FrontRegion[] = [];
  for (const { region, routes } of ports) {
    const own = front(region, regions, onUnknown);
    regions.push({
      region,
      services: () => routes.filter((route) => route !== own),
      isRunning: () => isRunning(region),
    });
    routes.unshift(own);
  }
};
