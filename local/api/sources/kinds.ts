// The kinds of Knative's sources group, for the registry.
import type { Kind } from '../kind.ts'
import { apiServerSourceKind } from './api-server-source.ts'
import { containerSourceKind } from './container-source.ts'
import { pingSourceKind } from './ping-source.ts'
import { rabbitmqSourceKind } from './rabbitmq-source.ts'
import { sinkBindingKind } from './sink-binding.ts'

export const sourcesKinds: readonly Kind[] = [
  pingSourceKind,
  sinkBindingKind,
  apiServerSourceKind,
  containerSourceKind,
  rabbitmqSourceKind,
]
