// What the runtime and a booted process say to each other: JSON lines on file descriptor 3, which is the lifeline too.

/** File descriptor of the channel in the child. Its end of file means that the runtime is gone. */
export const channelFd = 3

/** The one thing a process is ever told: which function to be. */
export interface Assignment {
  /** The bundle's file, absolute. */
  bundle: string
  /** Where V8's code cache of the bundle is kept. */
  codeCache: string
  /** The whole environment: what is not named here is removed. */
  env: Record<string, string>
  /** What follows the program's name in `process.argv`. */
  args: string[]
  cwd: string
  listen: { path: string }
  /** How long requests in flight may take after SIGTERM, in milliseconds. */
  graceMs: number
  /** `import.meta` of sources is relative to this folder. */
  projectDir: string
  /** Folders whose node_modules hold the drivers, in order. */
  roots: string[]
}

export type Report = { type: 'booted' } | { type: 'ready' }

/** Splits a stream of JSON lines; returns what to call with each chunk. */
export function lineReader<Message>(deliver: (message: Message) => void): (chunk: Buffer | string) => void {
  let rest = ''
  return chunk => {
    const lines = (rest + chunk.toString()).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) deliver(JSON.parse(line) as Message)
  }
}
