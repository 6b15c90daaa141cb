// The kinds of serving.knative.dev.
import type { Kind } from '../kind.ts'
import { configuration } from './configuration/kind.ts'
import { domainMapping } from './domain-mapping/kind.ts'
import { revision } from './revision/kind.ts'
import { route } from './route/kind.ts'
import { service } from './service/kind.ts'

export const servingKinds: readonly Kind[] = [service, configuration, revision, route, domainMapping]
