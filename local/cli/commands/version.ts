// `skiff version`: the version of this package, and the Node it runs on.
import { readFileSync } from 'node:fs'
import { type AddCommand, commandOf, contextOf } from '../command.ts'

/** The version in this package's package.json. */
export function ownVersion(): string {
  return JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')).version
}

export const addVersion: AddCommand = (program, terminal) => {
  program
    .command('version')
    .description('show the version of skiff and of Node')
    .action((...args) => {
      const version = ownVersion()
      const node = process.versions.node
      contextOf(commandOf(args), terminal).print({ version, node }, () => `skiff ${version} (Node ${node})\n`)
    })
}
