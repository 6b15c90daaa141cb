// The guard: one small shell that outlives the runtime by a moment and kills every process group left behind.
import { spawn } from 'node:child_process'

export interface Guard {
  /** Kills the process group of `pid` when the runtime ends in whatever way. */
  watch(pid: number): void
  /** The process is gone: its number may soon be another's. */
  forget(pid: number): void
  /** Ends the guard, which kills what it still watches and removes its folder; resolves when that is done. */
  close(): Promise<void>
}

// End of file on stdin means that the runtime is gone, kill -9 included. A process of its own is needed because a
// function that never returns to its event loop would not notice. POSIX sh only: dash, bash 3 and busybox all run it.
const script = `
groups=
while read -r verb pid; do
  case $verb in
    watch) groups="$groups -$pid" ;;
    forget) kept=; for group in $groups; do [ "$group" = "-$pid" ] || kept="$kept $group"; done; groups=$kept ;;
  esac
done
for group in $groups; do kill -s KILL -- "$group" 2>/dev/null; done
rm -rf -- "$1"
`

/** Starts the guard; `folder` (sockets) is removed when it ends. */
export function startGuard(folder: string): Guard {
  // Its own session, so that Ctrl-C in the terminal reaches the runtime alone.
  const shell = spawn('/bin/sh', ['-c', script, 'skiff-guard', folder], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
    env: {},
  })
  const ended = new Promise<void>(resolve => {
    shell.once('exit', () => resolve())
    // Without a shell (Windows) the channel of pool processes is the only lifeline.
    shell.once('error', () => resolve())
  })
  shell.stdin.on('error', () => {})
  shell.unref()
  return {
    watch: pid => void shell.stdin.write(`watch ${pid}\n`),
    forget: pid => void shell.stdin.write(`forget ${pid}\n`),
    close() {
      shell.ref()
      shell.stdin.end()
      return ended
    },
  }
}
