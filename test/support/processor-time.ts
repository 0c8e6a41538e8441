/**
 * Milliseconds of processor time that some work takes this process, however many others share the
 * machine.
 */
export const processorMsOf = (work: () => void): number => {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
};
