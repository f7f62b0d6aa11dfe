type Clusters = {
  readonly dimensions: number;
  readonly clusters: number;
  readonly seed: number;
  /** Where to begin in the endless row of them. @default 0 */
  readonly skip?: number;
};

/** Directions as embedding models make them: in clusters, around what all texts have in common. The same for the same seed. */
export function clusteredVectors(count: number, { dimensions, clusters, seed, skip = 0 }: Clusters): Float32Array[] {
  const vector = (number: number): Float32Array => Float32Array.from({ length: dimensions }, normals(number));
  const common = vector(seed);
  return Array.from({ length: count }, (_, n) => {
    const at = skip + n;
    const centre = vector(seed + 1 + (at % clusters));
    const own = normals(seed + 1_000_003 + at);
    return centre.map((value, d) => 0.3 * (common[d] ?? 0) + value + 0.8 * own());
  });
}

/** Normal numbers, by Box and Muller, of a linear congruential generator whose state is scrambled before it is told. */
function normals(seed: number): () => number {
  let state = Math.imul(seed + 1, 0x9e3779b1);
  const uniform = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    let told = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
    told = Math.imul(told ^ (told >>> 15), 0x735a2d97);
    return (((told ^ (told >>> 15)) >>> 0) + 1) / 4_294_967_297;
  };
  return () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
}
