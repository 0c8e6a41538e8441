import type { Route } from 'antipode-local-dsql/http';
import { pageOf } from '../pages.ts';
import { invalidParameter } from './api-errors.ts';
import type { LocalFunction } from './function.ts';
import { functionDescription } from './function-description.ts';

/** ListFunctions answers so many at most, whatever `MaxItems` says (API reference). */
const functionsMax = 50;

/** AWS's clients send the slash. */
const path = /^\/2015-03-31\/functions\/?$/;

/**
 * Serves ListFunctions of one Region.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/api/API_ListFunctions.html
 */
export const createListFunctions =
  (functions: () => readonly Pick<LocalFunction, 'configuration'>[]): Route =>
  ({ method, path: requested, query }) => {
    if (method !== 'GET' || !path.test(requested)) return undefined;
    const wanted = Number(query.get('MaxItems') ?? functionsMax);
    if (!Number.isInteger(wanted) || wanted < 1) {
      return invalidParameter('MaxItems must be a whole number from 1 to 10000');
    }
    const page = pageOf(functions(), ({ configuration }) => configuration.name, {
      itemsMax: Math.min(wanted, functionsMax),
      token: query.get('Marker') ?? undefined,
    });
    if (!page) return invalidParameter('Marker is not valid: no list gave it');
    return {
      status: 200,
      body: JSON.stringify({
        Functions: page.items.map((one) => functionDescription(one)),
        NextMarker: page.nextToken,
      }),
    };
  };
