// `skiff logs`: what the instances of a service wrote, across all of them, or of one pod.
import { InvalidArgumentError } from 'commander'
import { exitCodes, SkiffError } from '../../kernel/errors.ts'
import { type AddCommand, commandOf, contextOf } from '../command.ts'
import { followPods, type LogSource, podsOf, writeLogs } from '../pod-logs.ts'

interface LogFlags {
  namespace: string
  follow?: boolean
  tail?: number
  container?: string
}

export const addLogs: AddCommand = (program, terminal) => {
  program
    .command('logs')
    .description('show what a pod, or every instance of a service, wrote')
    .argument('<what>', 'SERVICE, svc/SERVICE or pod/POD')
    .option('-n, --namespace <namespace>', 'namespace to look in', 'default')
    .option('-f, --follow', 'go on, with instances that start later too')
    .option('-c, --container <name>', 'container of the pod')
    .option('--tail <lines>', 'only so many of the last lines of each instance', wholeNumber)
    .action(async (what: string, flags: LogFlags, ...rest) => {
      const { api, stateDir } = contextOf(commandOf(rest), terminal)
      const { follow = false, tail, container } = flags
      const source: LogSource = { api, stateDir, namespace: flags.namespace, ...named(what), follow }
      const options = { ...(tail === undefined ? {} : { tail }), ...(container ? { container } : {}) }
      const out = (text: string) => terminal.out(text)
      await (follow ? followPods(source, options, out) : writeLogs(source, await podsOf(source), options, out))
    })
}

/** `hello` and `svc/hello` name a service, `pod/x` a pod. */
function named(what: string): { service: string } | { pod: string } {
  const [kind, name, ...more] = what.includes('/') ? what.split('/') : ['svc', what]
  if (name && more.length === 0) {
    if (kind === 'pod' || kind === 'pods' || kind === 'po') return { pod: name }
    if (kind && ['svc', 'service', 'ksvc'].includes(kind)) return { service: name }
  }
  throw new SkiffError(`name a service or a pod: SERVICE, svc/SERVICE or pod/POD, got "${what}"`, exitCodes.usage)
}

function wholeNumber(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('It must be a whole number.')
  return Number(text)
}
