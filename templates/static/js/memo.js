// The value a cache holds for a key, made when it is asked for first.
/**
 * @template K, V
 * @param {{ get(key: K): V | undefined, set(key: K, value: V): unknown }} cache
 * @param {K} key
 * @param {() => V} make
 * @returns {V}
 */
export const remembered = (cache, key, make) => {
  const known = cache.get(key);
  if (known !== undefined) return known;
  const value = make();
  cache.set(key, value);
  return value;
};
