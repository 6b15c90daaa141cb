// The process of `kn service deploy`: runs one command line and ends with its exit code.
import { run } from './kn-service-deploy.ts'
import { endProcess, processTerminal } from './terminal.ts'

await endProcess(await run(process.argv.slice(2), processTerminal()))
