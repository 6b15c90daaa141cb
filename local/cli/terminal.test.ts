// The end of a command as its reader sees it: real processes, real pipes.
import { spawn } from 'node:child_process'
import { expect, it } from 'vitest'

/** A process that writes so many characters to each stream, and ends. */
function program(characters: number): ReturnType<typeof spawn> {
  const script = `
    import { endProcess, processTerminal } from ${JSON.stringify(new URL('./terminal.ts', import.meta.url).href)}
    const terminal = processTerminal()
    terminal.out('o'.repeat(${characters}))
    terminal.err('e'.repeat(${characters}))
    await endProcess(3)`
  return spawn(process.execPath, ['--input-type=module', '-e', script])
}

const ended = (child: ReturnType<typeof spawn>) => new Promise(resolve => child.once('close', resolve))

it('leaves nothing unsaid when the reader is slow', async () => {
  const child = program(3_000_000)
  const lengths = { out: 0, err: 0 }
  // Long after a process that does not wait would have gone.
  setTimeout(() => {
    child.stdout?.on('data', (data: Buffer) => {
      lengths.out += data.length
    })
    child.stderr?.on('data', (data: Buffer) => {
      lengths.err += data.length
    })
  }, 1_000)
  expect(await ended(child)).toBe(3)
  expect(lengths).toEqual({ out: 3_000_000, err: 3_000_000 })
})

it('does not wait for a reader that went away', async () => {
  const child = program(3_000_000)
  child.stdout?.destroy()
  child.stderr?.destroy()
  expect(await ended(child)).toBe(0)
})
