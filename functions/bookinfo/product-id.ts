// Product ids as they stand in paths.

/** The number, or undefined when the text is none. */
export function productId(text: string): number | undefined {
  return /^\d{1,15}$/.test(text) ? Number(text) : undefined
}
