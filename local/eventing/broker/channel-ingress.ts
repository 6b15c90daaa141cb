// The channels' dispatcher as a service: takes CloudEvents at the host of a channel and answers 202 once they are on disk.

import type { InternalService } from '../../seams/internal-service.ts'
import { topicOf } from '../messaging/in-memory-channels.ts'
import { allow, answer, type IngressOptions, refusal, takeEvents } from './ingress.ts'

/** Channels as an internal service (eventing pkg/channel/event_receiver.go). `knows` is asked for `NAMESPACE/NAME`. */
export function channelIngress(options: IngressOptions): InternalService {
  return {
    maxBodyBytes: options.maxBodyBytes,
    async handle(request) {
      if (request.method === 'OPTIONS') return answer(200, allow)
      if (request.method !== 'POST') return answer(405)
      const channel = channelOf(request.host)
      if (channel === undefined || !options.knows(channel)) return answer(404)
      try {
        await options.append(topicOf(channel), takeEvents(request))
        return answer(202)
      } catch (error) {
        return refusal(error, `channel ${channel}`, options.warn)
      }
    },
  }
}

/** `NAMESPACE/NAME` of a host such as `orders-kn-channel.shop.svc.cluster.local`. */
function channelOf(host: string): string | undefined {
  const match = /^(.+)-kn-channel\.([^.:]+)(?:\.svc(?:\.cluster\.local)?)?(?::\d+)?$/.exec(host.toLowerCase())
  return match ? `${match[2]}/${match[1]}` : undefined
}
