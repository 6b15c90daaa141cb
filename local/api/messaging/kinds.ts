// The kinds of Knative's messaging group, for the registry.
import type { Kind } from '../kind.ts'
import { channelKind } from './channel.ts'
import { inMemoryChannelKind } from './in-memory-channel.ts'
import { subscriptionKind } from './subscription.ts'

export const messagingKinds: readonly Kind[] = [channelKind, inMemoryChannelKind, subscriptionKind]
