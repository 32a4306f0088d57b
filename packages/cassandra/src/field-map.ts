/**
 * How the driver decodes CQL maps. It reads its own metadata through the same decoder and looks for fields there:
 * with a plain `Map` it would find no replication, and so no replicas.
 */
export class FieldMap extends Map<unknown, unknown> {
  override set(key: unknown, value: unknown): this {
    if (typeof key === "string" && !(key in this))
      Object.defineProperty(this, key, { value, enumerable: true });
    return super.set(key, value);
  }
}
