/** Directions as embedding models make them: in clusters, around what all texts have in common. The same for the same seed. */
export function clusteredVectors(
  count: number,
  { dimensions, clusters, seed = 1 }: { dimensions: number; clusters: number; seed?: number },
): Float32Array[] {
  const random = normals(seed);
  const vector = (): Float32Array => Float32Array.from({ length: dimensions }, random);
  const common = vector();
  const centres = Array.from({ length: clusters }, vector);
  return Array.from({ length: count }, (_, at) => {
    const centre = centres[at % clusters];
    return Float32Array.from(
      { length: dimensions },
      (__, d) => 0.3 * (common[d] ?? 0) + (centre?.[d] ?? 0) + 0.8 * random(),
    );
  });
}

/** Normal numbers, by Box and Muller, of a linear congruential generator. */
function normals(seed: number): () => number {
  let state = seed;
  const uniform = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state + 1) / 4_294_967_297;
  };
  return () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
}
