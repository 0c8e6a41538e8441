/** HTTP ports that only this machine reaches. For `antipode-cli` of the same version. */
export type { HttpRequest, HttpResponse, Route } from './http.ts';
export { stackStopping } from './http-errors.ts';
export type { CrossOriginRequest } from './http-guard.ts';
export { type HttpServer, startHttpServer } from './http-server.ts';
export { loopback, startLoopbackServer } from './loopback-server.ts';
export { type SignatureScope, signatureScope } from './signature-scope.ts';
export { unknownService } from './unknown-service.ts';
