// Answers in the proxy's own name, with what the route found asks of every answer.
import type { HeaderList } from '../codec/head.ts'
import { type CorsGrant, grantHeaders } from './filters/cors.ts'
import { applyResponseRules, hasResponseRules } from './headers/header-rules.ts'
import type { Hop } from './hop.ts'
import { isGrpc, type LocalReply } from './local-reply.ts'
import { report } from './record.ts'

/** Answers and tells of it. `grant`: what CORS adds. */
export function refuse(hop: Hop, reply: LocalReply, grant?: CorsGrant): undefined {
  const { client, head } = hop.incoming
  const whole = hasResponseRules(hop) && !reply.unruled ? { ...reply, headers: ruledHeaders(hop, reply) } : reply
  hop.sentBytes += reply.body.length
  report(hop, isGrpc(head.contentType) ? 200 : reply.status, reply.flags, reply.details)
  client.reply(grant ? { ...whole, lateHeaders: grantHeaders(grant) } : whole)
}

/** The rules of a route that was found hold for the proxy's own answers too. */
function ruledHeaders(hop: Hop, { headers, status, details, flags }: LocalReply): HeaderList {
  const ruled: HeaderList = headers ? [...headers] : []
  applyResponseRules(hop, { status, headers: ruled, details, flags })
  return ruled
}
