import { setTimeout as delay } from 'node:timers/promises';
import {
  type CustomResourceChange,
  createCustomResourceHandler,
} from '../../src/handlers/runtime/custom-resource/custom-resource.ts';
import { readCustomResourceTrust } from '../../src/handlers/runtime/custom-resource/custom-resource-answer.ts';
import { createStackControl } from '../../src/handlers/runtime/custom-resource/stack-control.ts';
import { deleteClusters } from './delete-clusters-handler.ts';
import { dsqlClusterControl as clusters } from './dsql-cluster-control.ts';
import { peerClusters } from './peer-clusters-handler.ts';
import { deletionType } from './resource-types.ts';

const deps = {
  clusters,
  stacks: createStackControl(process.env),
  sleep: (ms: number, signal: AbortSignal) => delay(ms, undefined, { signal }),
  log: (message: string, fields: Readonly<Record<string, string>>) =>
    console.info(JSON.stringify({ message, ...fields })),
};
const peer = peerClusters(deps);
const remove = deleteClusters(deps);
const nothing: CustomResourceChange = async () => ({});

/** The function of the deletion creates nothing, that of the peering deletes nothing. */
const change: CustomResourceChange = (event, signal) => {
  const isDelete = event.RequestType === 'Delete';
  const deletes = event.ResourceType === deletionType;
  return (deletes ? (isDelete ? remove : nothing) : isDelete ? nothing : peer)(event, signal);
};

export const handler = createCustomResourceHandler({
  onCreate: change,
  onUpdate: change,
  onDelete: change,
  trust: readCustomResourceTrust(process.env),
  logger: {
    info: (message, fields) => console.info(JSON.stringify({ message, ...fields })),
    error: (message, fields, cause) => console.error(JSON.stringify({ message, ...fields }), cause),
  },
});
