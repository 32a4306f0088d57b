import type { CellContext } from "@cassandra-rekey/core";
import type { BindingTemplate } from "./binding-template.ts";
import { encodeKeyContext, type KeyContext } from "./key-context.ts";
import type { KeyContextValues } from "./wrapper.ts";

/** What all cells of a column have in common. */
export interface ColumnBinding {
  readonly keyContext: KeyContextValues;
  /** Tells key contexts apart. */
  readonly contextId: string;
}

const NOTHING = Buffer.alloc(0);
const MOST_COLUMNS = 1024;

/** Resolves the templates of a key, once for each column where that is enough. */
export class CellBindings {
  readonly #keyContext: KeyContext;
  readonly #associatedData: BindingTemplate | undefined;
  readonly #columns = new Map<string, ColumnBinding & { readonly associatedData: Buffer | undefined }>();

  constructor(keyContext: KeyContext, associatedData: BindingTemplate | undefined) {
    this.#keyContext = keyContext;
    this.#associatedData = associatedData;
  }

  column(context: CellContext): ColumnBinding {
    return this.#columnOf(context);
  }

  associatedData(context: CellContext): Buffer {
    if (!this.#associatedData) return NOTHING;
    return this.#columnOf(context).associatedData ?? this.#associatedData.associatedData(context);
  }

  #columnOf(context: CellContext) {
    const id = `${context.keyspace}\0${context.table}\0${context.column}`;
    const known = this.#columns.get(id);
    if (known) return known;
    const keyContext = this.#keyContext.resolve(context);
    const column = {
      keyContext,
      contextId: Buffer.from(encodeKeyContext(keyContext)).toString("latin1"),
      associatedData: this.#associatedData?.isSamePerColumn
        ? this.#associatedData.associatedData(context)
        : undefined,
    };
    if (this.#columns.size >= MOST_COLUMNS) this.#columns.clear();
    this.#columns.set(id, column);
    return column;
  }
}
