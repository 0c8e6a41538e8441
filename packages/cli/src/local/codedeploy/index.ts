export {
  type CodeDeploy,
  createCodeDeploy,
  type DeploymentRequest,
  type Hook,
} from './deployments.ts';
export { codeDeployRoute } from './route.ts';
export { canary, linear, predefinedSteps, type TrafficStep } from './traffic-routing.ts';
