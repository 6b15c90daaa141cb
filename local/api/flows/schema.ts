// Schemas of the parts a flow consists of, and their readiness.
import { object, type Schema, string } from '../schema.ts'

const reference = object({ apiVersion: string, kind: string, name: string, namespace: string })

const ready = object({
  type: string,
  status: string,
  reason: string,
  message: string,
  severity: string,
  lastTransitionTime: string,
})

export const channelStatus: Schema = object({ channel: reference, ready })
export const subscriptionStatus: Schema = object({ subscription: reference, ready })
