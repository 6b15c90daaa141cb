// HTTP statuses that rules answer with.
import { type Finding, flaw } from '../finding.ts'

/** Istio's range says 599 and lets 600 pass. */
export const httpStatusFlaws = (status: number, path: string): Finding[] =>
  status < 200 || status > 600 ? [flaw(path, `HTTP status ${status} is not in range 200-599`)] : []
