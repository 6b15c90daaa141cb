// Logs of a pod: the API serves them, the runner keeps them.

export interface LogOptions {
  /** How many of the last lines; all when left out. */
  tail?: number
  follow: boolean
  /** The container; the first with a log when left out. */
  container?: string
  /** True for what the container wrote before it was started again. */
  previous?: boolean
  /** Only what was written from this moment on, in milliseconds since the epoch. */
  since?: number
  /** True when each line begins with the time it was written at. */
  timestamps?: boolean
  /** Ends after so many bytes. */
  limitBytes?: number
}

/** What a pod's container wrote; undefined when nothing is kept of it. Leaving the loop ends a `follow`. */
export type Logs = (namespace: string, pod: string, options: LogOptions) => AsyncIterable<Buffer> | undefined
