// One HTTP rule: which of its parts exclude each other, and each part by itself.
import { destinationFlaws, weightedFlaws } from '../fields/destination.ts'
import { durationFlaws } from '../fields/duration.ts'
import { mirrorPercentFlaws } from '../fields/percent.ts'
import { eachItem, type Finding, flaw, flawIf, warning } from '../finding.ts'
import type { HttpMirrorPolicy, HttpRoute } from './types.ts'
import { corsFlaws } from './validate-cors.ts'
import { directResponseFindings } from './validate-direct-response.ts'
import { faultFindings } from './validate-fault.ts'
import { authorityFlaws, headersFlaws } from './validate-headers.ts'
import { matchFindings } from './validate-match.ts'
import { redirectFlaws } from './validate-redirect.ts'
import { retryFlaws } from './validate-retries.ts'
import { rewriteFlaws } from './validate-rewrite.ts'

/** `inDelegate`: the object has no hosts, so another one's rule leads here. */
export function httpRouteFindings(route: HttpRoute, inDelegate: boolean, path: string): Finding[] {
  return [
    ...conflictFlaws(route, inDelegate, path),
    ...matchFindings(route.match, `${path}.match`),
    ...headersFlaws(route.headers, `${path}.headers`),
    ...corsFlaws(route.corsPolicy, `${path}.corsPolicy`),
    ...faultFindings(route.fault, `${path}.fault`),
    ...mirrorFindings(route, path),
    ...redirectFlaws(route.redirect, `${path}.redirect`),
    ...directResponseFindings(route.directResponse, `${path}.directResponse`),
    ...retryFlaws(route.retries, `${path}.retries`),
    ...rewriteFlaws(route.rewrite, `${path}.rewrite`),
    ...authorityFlaws(route.rewrite, route.headers, path),
    ...weightedFlaws(route.route, `${path}.route`, (entry, at) => headersFlaws(entry.headers, `${at}.headers`)),
    ...durationFlaws(route.timeout, `${path}.timeout`),
  ]
}

function conflictFlaws(route: HttpRoute, inDelegate: boolean, path: string): Finding[] {
  const { name = '', redirect, delegate, mirror, mirrors } = route
  if (delegate && !inDelegate) {
    return [
      ...flawIf(redirect !== undefined, path, `root HTTP route ${name} must not specify redirect`),
      ...flawIf(!!route.route?.length, path, `root HTTP route ${name} must not specify route`),
    ]
  }
  return [
    ...flawIf(delegate !== undefined, path, 'delegate HTTP route cannot contain delegate'),
    ...actionFlaws(route, path),
    ...flawIf(!!mirror && !!mirrors?.length, path, 'HTTP route cannot contain both mirror and mirrors'),
  ]
}

/** A rule routes, redirects or answers itself. */
function actionFlaws(route: HttpRoute, path: string): Finding[] {
  const routes = !!route.route?.length
  const action = route.redirect ? 'redirect' : route.directResponse ? 'direct_response' : undefined
  if (!action) return flawIf(!routes, path, 'HTTP route, redirect or direct_response is required')
  return [
    ...flawIf(routes, path, `HTTP route cannot contain both route and ${action}`),
    ...flawIf(!!route.fault, path, `HTTP route cannot contain both fault and ${action}`),
    ...flawIf(!!route.rewrite, path, `HTTP route rule cannot contain both rewrite and ${action}`),
    ...flawIf(
      action === 'redirect' && !!route.directResponse,
      path,
      'HTTP route rule cannot contain both direct_response and redirect',
    ),
  ]
}

function mirrorFindings({ mirror, mirrors, mirrorPercent, mirrorPercentage }: HttpRoute, path: string): Finding[] {
  return [
    ...oldMirrorPercentFindings(mirrorPercent, `${path}.mirrorPercent`),
    ...mirrorPercentFlaws(mirrorPercentage, 'mirror_percentage', `${path}.mirrorPercentage.value`),
    ...destinationFlaws(mirror, `${path}.mirror`),
    ...eachItem(mirrors, `${path}.mirrors`, mirrorPolicyFlaws),
  ]
}

function oldMirrorPercentFindings(percent: number | undefined, path: string): Finding[] {
  if (percent === undefined) return []
  return [
    ...flawIf(percent > 100, path, `mirror_percent must have a max value of 100 (it has ${percent})`),
    warning(path, 'using deprecated setting "mirrorPercent", use "mirrorPercentage" instead'),
  ]
}

function mirrorPolicyFlaws({ destination, percentage }: Partial<HttpMirrorPolicy>, path: string): Finding[] {
  if (!destination) return [flaw(`${path}.destination`, 'destination is required for mirrors')]
  return [
    ...destinationFlaws(destination, `${path}.destination`),
    ...mirrorPercentFlaws(percentage, 'mirror percentage', `${path}.percentage.value`),
  ]
}
