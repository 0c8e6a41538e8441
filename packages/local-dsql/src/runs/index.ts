/** Folders, keys and ports of a run. For `antipode-cli` of the same version. */
export { dsqlEnvironment, dsqlEnvironmentFile } from './dsql-environment.ts';
export { createStackIdentity, type StackIdentity } from './identity.ts';
export { portOption, refuseTakenPorts, type WantedPort } from './port-check.ts';
export { openPortFolder, type PortFolder } from './port-folder.ts';
export { createRunFolder, type RunFolder } from './run-folder.ts';
