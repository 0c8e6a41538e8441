const updating =
  'moto changes at once; the answer in the guide of DSQL says UPDATING (programming-with-cli-crud)';

const setup =
  'moto knows no half; a cluster with a witness waits in PENDING_SETUP for its peer (guide, multi-region-aws-cli)';

const pendingDelete =
  'moto deletes each half alone; the first one waits in PENDING_DELETE (guide, cluster-lifecycle)';

const unchecked = 'moto checks no member of multiRegionProperties; DSQL refuses it (API reference)';

/**
 * Calls that moto answers otherwise than the local control plane, each with the reason why the
 * local one keeps its answer.
 */
export const knownDifferences: Readonly<Record<string, string>> = {
  'delete a protected cluster':
    'moto answers ConflictException; the model of DSQL has the reason deletionProtectionEnabled of ValidationException, which nothing else gives',
  'switch protection off': updating,
  'change the key': updating,
  'create a first half': setup,
  'a first half: status': setup,
  'create a second half': setup,
  'a second half: status': setup,
  peer: updating,
  'the peers of the first half':
    "moto repeats the request; DSQL lists the cluster itself too, so that Terraform's provider takes it out (normalizeMultiRegionProperties)",
  'delete the first half': pendingDelete,
  'a first half that was deleted: status': pendingDelete,
  'get a text that is no identifier':
    'moto looks it up; the model of DSQL has a pattern for identifiers, and 400 for other texts',
  'a witness in the own Region': unchecked,
  'a witness on another continent': unchecked,
  'a peer that is no ARN': unchecked,
};
