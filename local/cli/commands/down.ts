// `skiff down`: asks the runtime to stop and waits until its process is gone; fine when none runs.
import { setTimeout as sleep } from 'node:timers/promises'
import { holderOf, isAlive } from '../../composition/state-folder.ts'
import { SkiffError } from '../../kernel/errors.ts'
import { type AddCommand, type CommandContext, commandOf, contextOf } from '../command.ts'

/** Longer than a runtime takes to drain what is in flight. In milliseconds. */
const patience = 60_000

export const addDown: AddCommand = (program, terminal) => {
  program
    .command('down')
    .description('stop the runtime: drains requests, ends every instance, keeps the state')
    .action(async (...args) => down(contextOf(commandOf(args), terminal)))
}

async function down({ stateDir, api, print }: CommandContext): Promise<void> {
  const pid = holderOf(stateDir)
  // What a script wants of a second `down` is true already, so that it may run twice (KNI-30).
  if (pid === undefined)
    return print({ stopped: null }, () => `nothing to stop: no runtime runs here (state ${stateDir})\n`)
  await askToStop(api, pid)
  if (!(await gone(pid)))
    throw new SkiffError(`process ${pid} still runs after ${patience / 1000} s; end it with: kill -9 ${pid}`)
  print({ stopped: pid }, () => `stopped (process ${pid})\n`)
}

/** Over the API; a runtime that boots or hangs does not answer there and gets the signal instead. */
async function askToStop(api: CommandContext['api'], pid: number): Promise<void> {
  try {
    await api.request('POST', '/skiff/shutdown')
  } catch {
    process.kill(pid, 'SIGTERM')
  }
}

async function gone(pid: number): Promise<boolean> {
  for (const end = Date.now() + patience; Date.now() < end; await sleep(25)) {
    if (!isAlive(pid)) return true
  }
  return false
}
