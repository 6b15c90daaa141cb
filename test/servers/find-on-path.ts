// Whether a command is there, as a shell would find it.
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

export function findOnPath(command: string): boolean {
  return (process.env.PATH ?? '').split(delimiter).some(folder => {
    try {
      accessSync(join(folder, command), constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}
