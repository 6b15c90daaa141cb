// What functions keep: documents in collections, changed only by operations that are atomic on one document.

export interface Document {
  readonly _id: string
  readonly [field: string]: unknown
}

export interface Store {
  /** Inserts unless a document with this `_id` is there already; says whether it inserted. */
  insert(collection: string, document: Document): Promise<boolean>
  get(collection: string, id: string): Promise<Document | undefined>
  /** The last inserted first. */
  list(collection: string, limit: number): Promise<Document[]>
  count(collection: string): Promise<number>
  /**
   * Sets fields of one document, leaving the others; with `when`, only if those fields have these values.
   * Returns the document as it is afterwards, or undefined when none matched.
   */
  update(
    collection: string,
    id: string,
    fields: Readonly<Record<string, unknown>>,
    when?: Readonly<Record<string, unknown>>,
  ): Promise<Document | undefined>
  close(): Promise<void>
}
