// The kinds of autoscaling.internal.knative.dev.
import type { Kind } from '../kind.ts'
import { podAutoscaler } from './pod-autoscaler/kind.ts'

export const autoscalingKinds: readonly Kind[] = [podAutoscaler]
