// The process of the `skiff` command: runs one command line and ends with its exit code.
import { run } from './program.ts'
import { endProcess, processTerminal } from './terminal.ts'

await endProcess(await run(process.argv.slice(2), processTerminal()))
