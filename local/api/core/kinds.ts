// The kinds of Kubernetes' core group.
import type { Kind } from '../kind.ts'
import { configMapKind } from './config-map/kind.ts'
import { endpointsKind } from './endpoints/kind.ts'
import { eventKind } from './event/kind.ts'
import { namespaceKind } from './namespace/kind.ts'
import { nodeKind } from './node/kind.ts'
import { podKind } from './pod/kind.ts'
import { secretKind } from './secret/kind.ts'
import { coreServiceKind } from './service/kind.ts'
import { serviceAccountKind } from './service-account/kind.ts'

export const coreKinds: readonly Kind[] = [
  namespaceKind,
  configMapKind,
  secretKind,
  coreServiceKind,
  endpointsKind,
  podKind,
  eventKind,
  serviceAccountKind,
  nodeKind,
]
