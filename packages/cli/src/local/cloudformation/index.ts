export { deploymentsRoute } from './deployments-route.ts';
export { stsRoute } from './sts.ts';
