// Schemas of the parts a flow consists of, and their readiness.
import { condition } from '../eventing/schema.ts'
import { object, type Schema, string } from '../schema.ts'

const reference = object({ apiVersion: string, kind: string, name: string, namespace: string })

export const channelStatus: Schema = object({ channel: reference, ready: condition })
export const subscriptionStatus: Schema = object({ subscription: reference, ready: condition })
