/** The custom resource that peers two clusters. */
export const peeringType = 'Custom::AntipodePeering';

/** The custom resource that deletes both clusters with its stack. */
export const deletionType = 'Custom::AntipodeDeletion';
