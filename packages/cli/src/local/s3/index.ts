export { isBootstrapBucket } from './buckets.ts';
export { createObjectStore, type ObjectStore, type StoredObject } from './object-store.ts';
export { s3Route } from './route.ts';
