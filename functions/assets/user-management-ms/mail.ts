// Mail to users: handed to a mail service where there is one.
import { call } from '../../lib/call.ts'
import type { Env } from '../../lib/env.ts'
import { logOf } from '../../lib/log.ts'

export interface Mail {
  to: string
  subject: string
  text: string
}

/**
 * Posts it as JSON to MAIL_URL. Without one a developer's machine has the log for a mailbox; on a cluster, where others
 * read the log, nothing is sent and the log says no more than that. Never rejects: who asked for a mail is not told
 * whether there was anybody to send it to.
 */
export async function sendMail(env: Env, mail: Mail): Promise<void> {
  const { subject } = mail
  const log = logOf(env)
  if (env.MAIL_URL) {
    const failure = await post(env, env.MAIL_URL, mail)
    if (failure) log.error('mail not sent', { subject, error: failure })
  } else if (env.KUBERNETES_SERVICE_HOST) log.warn('mail not sent: MAIL_URL is not set', { subject })
  else log.info('mail', { ...mail })
}

async function post(env: Env, url: string, mail: Mail): Promise<string | undefined> {
  try {
    const headers = { 'content-type': 'application/json' }
    const answer = await call(env, url, { method: 'POST', headers, body: JSON.stringify(mail) })
    return answer.ok ? undefined : `the mail service answered ${answer.status}`
  } catch (error) {
    return String(error)
  }
}
