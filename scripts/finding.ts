// What a check reports: where, and what would be right.

export interface Finding {
  /** Relative to the repository. */
  file: string
  line?: number
  message: string
}

/** The finding as compilers print theirs. */
export function formatFinding({ file, line, message }: Finding): string {
  return `${[file, line].filter(part => part !== undefined).join(':')}: ${message}`
}
