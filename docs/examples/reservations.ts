import { InvalidInput } from 'antipode/domain';
import { type ApiAnswer, type ApiRequest, type ApiRoutes, errorAnswer } from 'antipode/handlers';

/** Returned with the API, from the wiring of `serveApi`: `{ answer, routes }`. */
export const routes: ApiRoutes = { '/reservations': ['POST'], '/shows': ['GET'] };

type Shows = {
  readonly reserve: (key: string, content: unknown) => Promise<ApiAnswer>;
  readonly free: (show: string) => Promise<number | undefined>;
};

export const createReservationApi =
  ({ reserve, free }: Shows) =>
  async (payload: unknown, _run: object, request: ApiRequest): Promise<ApiAnswer> => {
    const { http, idempotencyKey } = request;
    if (http?.path === '/shows') {
      const seats = await free(new URLSearchParams(http.query).get('show') ?? '');
      if (seats !== undefined) return { status: 200, body: { seats } };
      return errorAnswer(404, 'ShowNotFound', 'There is no such show');
    }
    if (idempotencyKey === undefined) throw new InvalidInput('Send an Idempotency-Key');
    return reserve(idempotencyKey, payload);
  };
