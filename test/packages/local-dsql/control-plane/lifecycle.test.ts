import { describe, expect, it } from 'vitest';
import {
  controlPlaneWorld,
  delays,
  primaryRegion,
  secondaryRegion,
  witnessRegion,
} from './support.ts';

describe('the life of a cluster in one Region', () => {
  it('goes from CREATING to ACTIVE, and by DELETING to its end', async () => {
    const { create, statusOf, api, pass } = controlPlaneWorld();
    const { identifier, status } = (await create(primaryRegion)) as Record<string, string>;
    expect(status).toBe('CREATING');
    pass(delays.createMs - 1);
    expect(await statusOf(primaryRegion, identifier ?? '')).toBe('CREATING');
    pass(1);
    expect(await statusOf(primaryRegion, identifier ?? '')).toBe('ACTIVE');
    const answer = await api.send(primaryRegion, 'DeleteCluster', { identifier });
    expect(answer['status']).toBe('DELETING');
    pass(delays.deleteMs);
    await expect(statusOf(primaryRegion, identifier ?? '')).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
  });

  it('ends in FAILED where the service cannot create it, and can only lose its protection and be deleted', async () => {
    const { create, statusOf, api, pass } = controlPlaneWorld({ plan: { failedCreation: 1 } });
    const { identifier } = await create(primaryRegion, { deletionProtectionEnabled: true });
    pass(delays.createMs);
    expect(await statusOf(primaryRegion, identifier)).toBe('FAILED');
    const change = { identifier, kmsEncryptionKey: 'AWS_OWNED_KMS_KEY' };
    await expect(api.send(primaryRegion, 'UpdateCluster', change)).rejects.toMatchObject({
      name: 'ConflictException',
    });
    const unprotected = { identifier, deletionProtectionEnabled: false };
    await api.send(primaryRegion, 'UpdateCluster', unprotected);
    await api.send(primaryRegion, 'DeleteCluster', { identifier });
    pass(delays.deleteMs);
    await expect(statusOf(primaryRegion, identifier)).rejects.toThrow('not found');
  });

  it('is UPDATING while its key changes, and refuses other changes meanwhile', async () => {
    const { create, statusOf, api, pass } = controlPlaneWorld();
    const { identifier } = await create(primaryRegion);
    pass(delays.createMs);
    const key = 'arn:aws:kms:us-east-1:000000000000:key/one';
    await api.send(primaryRegion, 'UpdateCluster', { identifier, kmsEncryptionKey: key });
    expect(await statusOf(primaryRegion, identifier)).toBe('UPDATING');
    for (const operation of ['UpdateCluster', 'DeleteCluster'] as const) {
      await expect(api.send(primaryRegion, operation, { identifier })).rejects.toMatchObject({
        name: 'ConflictException',
      });
    }
    pass(delays.updateMs);
    const cluster = await api.send(primaryRegion, 'GetCluster', { identifier });
    expect(cluster).toMatchObject({
      status: 'ACTIVE',
      encryptionDetails: { encryptionType: 'CUSTOMER_MANAGED_KMS_KEY', kmsKeyArn: key },
    });
  });

  it('changes its protection at once, also while it sleeps', async () => {
    const { create, statusOf, api, pass, registry } = controlPlaneWorld();
    const { identifier } = await create(primaryRegion, { deletionProtectionEnabled: true });
    pass(delays.createMs);
    const cluster = registry.find(primaryRegion, identifier);
    if (!cluster) throw new Error('it exists');
    for (const status of ['IDLE', 'INACTIVE'] as const) {
      registry.setActivity(cluster, status);
      expect(await statusOf(primaryRegion, identifier)).toBe(status);
    }
    await expect(api.send(primaryRegion, 'DeleteCluster', { identifier })).rejects.toMatchObject({
      name: 'ValidationException',
      details: { reason: 'deletionProtectionEnabled' },
    });
    const change = { identifier, deletionProtectionEnabled: false };
    await api.send(primaryRegion, 'UpdateCluster', change);
    expect(await statusOf(primaryRegion, identifier)).toBe('INACTIVE');
    await api.send(primaryRegion, 'DeleteCluster', { identifier });
    expect(await statusOf(primaryRegion, identifier)).toBe('DELETING');
  });
});

describe('the life of two halves', () => {
  it('waits in PENDING_SETUP, and goes by UPDATING and CREATING to ACTIVE', async () => {
    const { createHalves, pass } = controlPlaneWorld();
    const { peer, statuses, primary } = await createHalves();
    expect(primary).toMatchObject({ status: 'PENDING_SETUP' });
    pass(1e9);
    expect(await statuses()).toEqual(['PENDING_SETUP', 'PENDING_SETUP']);
    expect((await peer())['status']).toBe('UPDATING');
    expect(await statuses()).toEqual(['UPDATING', 'PENDING_SETUP']);
    pass(delays.updateMs);
    expect(await statuses()).toEqual(['CREATING', 'CREATING']);
    pass(delays.createMs);
    expect(await statuses()).toEqual(['ACTIVE', 'ACTIVE']);
  });

  it('lists itself among its peers', async () => {
    const { createPair, api } = controlPlaneWorld();
    const { primary, secondary } = await createPair();
    const { identifier } = primary;
    expect(await api.send(primaryRegion, 'GetCluster', { identifier })).toMatchObject({
      multiRegionProperties: { witnessRegion, clusters: [primary.arn, secondary.arn] },
    });
  });

  it('stays in PENDING_SETUP while it names a cluster that has gone, and may name another', async () => {
    const { create, createHalves, pass } = controlPlaneWorld();
    const { peer, remove, statuses, primary, secondary } = await createHalves();
    await remove(secondaryRegion);
    pass(delays.deleteMs);
    await peer([secondary.arn]);
    pass(delays.updateMs);
    expect(await statuses()).toEqual(['PENDING_SETUP', 'ResourceNotFoundException']);
    const other = await create(secondaryRegion, {
      multiRegionProperties: { witnessRegion, clusters: [primary.arn] },
    });
    await peer([other.arn]);
    pass(delays.updateMs + delays.createMs);
    expect(await statuses()).toEqual(['ACTIVE', 'ResourceNotFoundException']);
  });

  it('keeps the first half in PENDING_DELETE until the second is deleted too', async () => {
    const { createPair, pass } = controlPlaneWorld();
    const { remove, statuses } = await createPair();
    expect((await remove(primaryRegion))['status']).toBe('PENDING_DELETE');
    pass(1e9);
    expect(await statuses()).toEqual(['PENDING_DELETE', 'ACTIVE']);
    await remove(secondaryRegion);
    expect(await statuses()).toEqual(['DELETING', 'DELETING']);
    pass(delays.deleteMs);
    const gone = 'ResourceNotFoundException';
    expect(await statuses()).toEqual([gone, gone]);
  });

  it('deletes a half that has no peer yet at once', async () => {
    const { createHalves } = controlPlaneWorld();
    const { remove, statuses } = await createHalves();
    await remove(secondaryRegion);
    expect(await statuses()).toEqual(['PENDING_SETUP', 'DELETING']);
  });

  it('refuses a change of a half that is about to be deleted', async () => {
    const { createPair } = controlPlaneWorld();
    const { remove, peer } = await createPair();
    await remove(primaryRegion);
    await expect(peer()).rejects.toMatchObject({ name: 'ConflictException' });
  });

  it('loses its peer by an update that names the witness alone', async () => {
    const { createPair, pass } = controlPlaneWorld();
    const { peer, statuses } = await createPair();
    await peer([]);
    expect(await statuses()).toEqual(['UPDATING', 'PENDING_SETUP']);
    pass(delays.updateMs);
    expect(await statuses()).toEqual(['PENDING_SETUP', 'PENDING_SETUP']);
    await peer();
    pass(delays.updateMs + delays.createMs);
    expect(await statuses()).toEqual(['ACTIVE', 'ACTIVE']);
  });

  it('refuses another witness', async () => {
    const { api, create } = controlPlaneWorld();
    const properties = { multiRegionProperties: { witnessRegion: 'us-west-2' } };
    const { identifier } = await create(primaryRegion, properties);
    const change = { identifier, multiRegionProperties: { witnessRegion } };
    await expect(api.send(primaryRegion, 'UpdateCluster', change)).rejects.toMatchObject({
      name: 'ValidationException',
      message: 'The witness Region of a cluster cannot be changed.',
    });
  });
});
