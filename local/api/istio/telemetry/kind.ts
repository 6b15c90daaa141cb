// Telemetry: what proxies measure, trace and log.
import { telemetryGroupKind } from '../istio-kind.ts'

export const telemetryKind = telemetryGroupKind({ kind: 'Telemetry', plural: 'telemetries', shortNames: ['telemetry'] })
