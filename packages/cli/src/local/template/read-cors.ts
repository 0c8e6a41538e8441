import type { FunctionUrlCors } from '../lambda/index.ts';
import { type Json, numberOf, objectOf, stringsOf } from './json.ts';

/**
 * Reads the property `Cors`; `undefined` where it names no origin, so that no page of another
 * origin is answered.
 */
export const readCors = (property: Json | undefined): FunctionUrlCors | undefined => {
  const cors = objectOf(property);
  const origins = stringsOf(cors['AllowOrigins']);
  return origins.length === 0
    ? undefined
    : {
        origins,
        methods: stringsOf(cors['AllowMethods']),
        headers: stringsOf(cors['AllowHeaders']),
        exposed: stringsOf(cors['ExposeHeaders']),
        credentials: cors['AllowCredentials'] === true,
        maxAgeSeconds: numberOf(cors['MaxAge']),
      };
};
