// The kinds of Knative's flows group, for the registry.
import type { Kind } from '../kind.ts'
import { parallelKind } from './parallel.ts'
import { sequenceKind } from './sequence.ts'

export const flowsKinds: readonly Kind[] = [sequenceKind, parallelKind]
