/** Amazon EventBridge: publishing. */
export * from './client.ts';
export * from './packing.ts';
export * from './publisher.ts';
