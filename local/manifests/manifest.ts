// What reading YAML gives: objects that know where they stand, and flaws that say where they are.
import type { KubeObject } from '../kernel/object.ts'

export interface Position {
  /** Counted from 1. */
  line: number
  column: number
}

/** One object of a file. */
export interface Manifest extends Position {
  object: KubeObject
  file: string
  /** Names the object in its file: the key of the record of what was applied. */
  key: string
  /** Changes with the content. Of a Knative Service `template/traffic`, so that a new split alone can be told. */
  hash: string
  /** Where a field stands; the nearest parent when it is not there. */
  locate(path: string): Position
}

/** A flaw of a file. Without a line it concerns the file as a whole. */
export interface ManifestError extends Partial<Position> {
  file: string
  message: string
}

/** The flaw as compilers print theirs: `knative/a.yaml:3:5: sentence`. */
export function formatManifestError({ file, line, column, message }: ManifestError): string {
  return `${[file, line, column].filter(part => part !== undefined).join(':')}: ${message}`
}
