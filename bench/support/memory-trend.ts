/** Memory of a process when it had answered so many requests. */
export type MemorySample = { readonly requests: number; readonly mb: number };

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/**
 * The bytes by which memory grows with each request: the slope of the line that fits the samples
 * best.
 *
 * @returns no number when the samples tell nothing: there are fewer than two, or no request lies
 * between them
 */
export const growthPerRequest = (samples: readonly MemorySample[]): number => {
  const requests = mean(samples.map((sample) => sample.requests));
  const mb = mean(samples.map((sample) => sample.mb));
  let [products, squares] = [0, 0];
  for (const sample of samples) {
    products += (sample.requests - requests) * (sample.mb - mb);
    squares += (sample.requests - requests) ** 2;
  }
  return squares === 0 ? Number.NaN : (products / squares) * 1024 * 1024;
};
