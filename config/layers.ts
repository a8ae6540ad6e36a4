/** Layers of settings, merged key by key; each value remembers the layer it came from. */

export interface Layer {
  /** What `config show --origin` calls it when it has no finer place. */
  name: string;
  value: Record<string, unknown>;
  /** The place of a key path within this layer, as `swarmd.yaml:12`. */
  where: (path: readonly PropertyKey[]) => string;
  /** The folder that relative paths in this layer start from. */
  base: string;
}

export interface Merged {
  value: Record<string, unknown>;
  /** The layer a key path came from; undefined for a default. */
  layerOf: (path: readonly PropertyKey[]) => Layer | undefined;
}

/** Merges layers, the first one strongest. Mappings merge; lists and scalars replace. */
export function mergeLayers(layers: readonly Layer[]): Merged {
  const owners = new Map<string, Layer>();
  const value = emptyMapping();
  for (const layer of [...layers].reverse()) mergeInto(value, layer.value, [], layer, owners);
  return {
    value,
    layerOf(path) {
      for (let length = path.length; length > 0; length--) {
        const owner = owners.get(path.slice(0, length).map(String).join('\0'));
        if (owner !== undefined) return owner;
      }
      return undefined;
    },
  };
}

function mergeInto(
  target: Record<string, unknown>,
  source: Record<string, unknown>,
  path: readonly string[],
  layer: Layer,
  owners: Map<string, Layer>,
): void {
  for (const [key, value] of Object.entries(source)) {
    const inner = [...path, key];
    const before = target[key];
    if (value !== null || !owners.has(inner.join('\0'))) owners.set(inner.join('\0'), layer);
    // A key with nothing after it (`routing:`) says nothing and must not erase a weaker layer; it stays visible
    // to the schema, which still refuses it when it is misspelt.
    if (value === null) target[key] = before;
    else if (isMapping(value)) {
      const merged = isMapping(before) ? before : emptyMapping();
      target[key] = merged;
      mergeInto(merged, value, inner, layer, owners);
    } else target[key] = value;
  }
}

/** Without a prototype: a key called `__proto__` in a file must be a key like any other, and refused as unknown. */
function emptyMapping(): Record<string, unknown> {
  return Object.create(null) as Record<string, unknown>;
}

export function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
