// `skiff status`: what runs where, as the runtime itself says it.
import type { RuntimeStatus } from '../../composition/runtime.ts'
import { type AddCommand, commandOf, contextOf } from '../command.ts'
import { formatServices } from './status/overview.ts'

export const addStatus: AddCommand = (program, terminal) => {
  program
    .command('status')
    .description('show the runtime, its ports and every service with its readiness and instances')
    .action(async (...args) => {
      const { api, print } = contextOf(commandOf(args), terminal)
      const status = await api.request<RuntimeStatus>('GET', '/skiff/status')
      print(status, () => formatStatus(status, terminal.now()))
    })
}

function formatStatus(status: RuntimeStatus, now: number): string {
  const since = Math.max(0, Math.round((now - Date.parse(status.startedAt)) / 1000))
  const ports = Object.entries(status.ports).map(([gateway, local]) => `${gateway} → ${local}`)
  return [
    `runtime    ${status.ready ? 'ready' : 'not ready'}, process ${status.pid}, up ${since} s\n`,
    `project    ${status.project}\n`,
    `ports      ${ports.join(', ') || 'none'}\n`,
    `metrics    ${status.metrics}\n`,
    status.services.length > 0 ? `\n${formatServices(status.services)}` : '',
  ].join('')
}
