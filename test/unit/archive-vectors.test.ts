import { describe, expect, it } from 'vitest';
import { noiseOf } from '../../src/domain/archive/vectors/noise.js';
import { bitCount, likeness, pack, signWords, writeSigns } from '../../src/domain/archive/vectors/packed-vector.js';
import { entryVectors, VectorIndex } from '../../src/domain/archive/vectors/vector-index.js';
import { withVectors } from '../../src/domain/archive/vectors/with-vectors.js';
import { clusteredVectors } from '../kit/clustered-vectors.js';

const ALL = () => true;

const indexOf = (vectors: readonly Float32Array[]): VectorIndex => {
  const index = new VectorIndex();
  for (const [at, vector] of vectors.entries())
    index.put(entryVectors({ entryId: `e${at}`, version: 1 }, [{ start: 0, end: 1, vector }]));
  return index;
};

describe('a packed vector', () => {
  it('keeps its direction to a thousandth, whatever its length', () => {
    for (const vector of clusteredVectors(50, { dimensions: 384, clusters: 5, seed: 1 })) {
      expect(likeness(vector, pack(vector))).toBeGreaterThan(0.999);
      expect(pack(vector.map((value) => value / 1_000))).toEqual(pack(vector));
    }
    expect(pack(new Float32Array(3))).toEqual(new Int8Array(3));
  });

  it('has a sign for each dimension', () => {
    const signs = new Uint32Array(signWords(33));
    writeSigns([1, ...Array.from({ length: 30 }, () => -1), 5, 1], signs);

    expect([...signs]).toEqual([0x80000001, 1]);
    expect([0, 1, 0xffffffff, 0x80000001, 0x12345678].map(bitCount)).toEqual([0, 1, 32, 2, 13]);
  });
});

describe('an index of vectors', () => {
  it('finds entries by their best piece, the most alike first, and only what is alike enough', () => {
    const index = new VectorIndex();
    const [east, north, west] = [Float32Array.of(1, 0), Float32Array.of(0, 1), Float32Array.of(-1, 0)];
    const piece = (start: number, vector: Float32Array) => ({ start, end: start + 1, vector });
    index.put(entryVectors({ entryId: 'a', version: 3 }, [piece(0, west), piece(1, east)]));
    index.put(entryVectors({ entryId: 'b', version: 1 }, [piece(0, Float32Array.of(1, 1))]));
    index.put(entryVectors({ entryId: 'c', version: 1 }, [piece(0, north)]));

    expect(index.search(Float32Array.of(9, 0), { floor: 0.5, limit: 5 }, ALL)).toEqual([
      { entryId: 'a', version: 3, piece: { start: 1, end: 2 }, likeness: 1 },
      { entryId: 'b', version: 1, piece: { start: 0, end: 1 }, likeness: expect.closeTo(Math.SQRT1_2, 3) },
    ]);
    expect(index.search(east, { floor: 0.5, limit: 1 }, (id) => id !== 'a').map(({ entryId }) => entryId)).toEqual([
      'b',
    ]);
  });

  it('forgets what is replaced or removed, and passes over vectors of another length', () => {
    const index = indexOf([Float32Array.of(1, 0), Float32Array.of(0, 1)]);
    index.put(entryVectors({ entryId: 'e0', version: 2 }, [{ start: 0, end: 1, vector: Float32Array.of(-1, 0) }]));
    index.put(entryVectors({ entryId: 'odd', version: 1 }, [{ start: 0, end: 1, vector: Float32Array.of(1, 0, 0) }]));
    index.remove('e1');

    expect(index.entryCount).toBe(1);
    expect(index.search(Float32Array.of(1, 0), { floor: 0.1, limit: 5 }, ALL)).toEqual([]);
    expect(index.search(Float32Array.of(0, 1), { floor: 0.1, limit: 5 }, ALL)).toEqual([]);
    expect(index.search(Float32Array.of(1, 0, 0), { floor: 0, limit: 5 }, ALL)).toEqual([]);
    expect(index.search(Float32Array.of(-1, 0), { floor: 0.1, limit: 5 }, ALL)).toHaveLength(1);
  });

  it('takes vectors of another length once none is left', () => {
    const index = indexOf([Float32Array.of(1, 0)]);
    const longer = Float32Array.of(0, 0, 1);

    index.put(entryVectors({ entryId: 'e0', version: 2 }, [{ start: 0, end: 1, vector: longer }]));

    expect([index.fits(longer), index.fits(Float32Array.of(1, 0))]).toEqual([true, false]);
    expect(index.search(longer, { floor: 0.5, limit: 5 }, ALL)).toHaveLength(1);
  });

  it('gives back memory when most of it is gone, and finds the rest as before', () => {
    const vectors = clusteredVectors(6_000, { dimensions: 32, clusters: 300, seed: 1 });
    const index = indexOf(vectors);
    const before = index.byteLength;
    const asked = vectors[5_999]!;

    index.retain((id) => Number(id.slice(1)) >= 5_500);

    expect(index.entryCount).toBe(500);
    expect(index.byteLength).toBeLessThan(before / 1.5);
    expect(index.search(asked, { floor: 0.5, limit: 1 }, ALL)[0]?.entryId).toBe('e5999');
  });

  it('finds at least 95 of 100 of the ten nearest by their signs, of what comparing all would find', () => {
    const options = { dimensions: 256, clusters: 400, seed: 1 };
    const vectors = clusteredVectors(20_000, options);
    const packed = vectors.map(pack);
    const index = indexOf(vectors);
    const questions = clusteredVectors(40, { ...options, skip: 20_000 });
    let found = 0;
    for (const asked of questions) {
      const nearest = packed
        .map((vector, at) => ({ id: `e${at}`, like: likeness(asked, vector) }))
        .toSorted((a, b) => b.like - a.like)
        .slice(0, 10)
        .map(({ id }) => id);
      const hits = new Set(index.search(asked, { floor: -1, limit: 10 }, ALL).map(({ entryId }) => entryId));
      found += nearest.filter((id) => hits.has(id)).length;
    }

    expect(found / (10 * questions.length)).toBeGreaterThanOrEqual(0.95);
  }, 60_000);

  it('finds what is in a small category of a large archive', () => {
    const vectors = clusteredVectors(8_000, { dimensions: 64, clusters: 20, seed: 1 });
    const index = indexOf(vectors);

    const hits = index.search(vectors[0]!, { floor: -1, limit: 5 }, (id) => id === 'e7001' || id === 'e7002');

    expect(hits.map(({ entryId }) => entryId).toSorted()).toEqual(['e7001', 'e7002']);
  });
});

describe('likeness that says nothing', () => {
  it('is measured where a model finds everything alike', () => {
    const { mean, floor } = noiseOf([
      Float32Array.of(1, 0.5, 0),
      Float32Array.of(1, 0, 0.5),
      Float32Array.of(1, -0.5, 0),
    ]);

    expect(mean).toBeGreaterThan(0.6);
    expect(floor).toBeGreaterThan(mean + 0.05);
  });
});

describe('what words and vectors find together', () => {
  const words = (entryId: string, score: number) =>
    ({
      entryId,
      score,
      piece: { start: 0, end: 9 },
      matchedBy: ['WORD'],
      matchedWords: ['x'],
      matchedPairs: [],
    }) as const;
  const like = (entryId: string, score: number) =>
    ({ entryId, score, version: 4, piece: { start: 5, end: 9 }, likeness: score }) as const;

  it('keeps the scale of the better of both, and leans on words', () => {
    expect(withVectors([words('a', 0.8), words('b', 0.4)], [like('b', 0.6), like('c', 0.6)])).toEqual([
      { ...words('b', 0.8), matchedBy: ['WORD', 'VECTOR'], onlyVersion: null },
      { ...words('a', expect.closeTo(0.686, 3) as number), onlyVersion: null },
      {
        entryId: 'c',
        score: expect.closeTo(0.457, 3) as number,
        piece: { start: 5, end: 9 },
        matchedBy: ['VECTOR'],
        matchedWords: [],
        matchedPairs: [],
        onlyVersion: 4,
      },
    ]);
  });

  it('is what words find where vectors find nothing', () => {
    expect(withVectors([words('a', 0.8), words('b', 0.4)], [])).toEqual([
      { ...words('a', 0.8), onlyVersion: null },
      { ...words('b', 0.4), onlyVersion: null },
    ]);
    expect(withVectors([], [])).toEqual([]);
  });
});
