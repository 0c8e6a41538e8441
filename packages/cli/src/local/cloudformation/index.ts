export { deploymentsRoute } from './deployments-route.ts';
export { cloudFormationRoute } from './route.ts';
export { type DeployedStack, stacksIn } from './stacks.ts';
export { stsRoute } from './sts.ts';
