// Services of the asset system without a socket: those a test names, the rest is away. For tests.
import { openServices, type Services } from '../lib/services-under-test.ts'
import authorization from './app-authorization-ms/app.ts'
import assetConsumer from './asset-consumer/app.ts'
import dashboard from './asset-dashboard-bff/app.ts'
import assets from './asset-mgr-ms/app.ts'
import authentication from './authentication-ms/app.ts'
import configConsumer from './config-consumer/app.ts'
import configuration from './config-management-ms/app.ts'
import risk from './risk-assess-ms/app.ts'
import type { App } from './service.ts'
import stats from './stats/app.ts'
import users from './user-management-ms/app.ts'

const apps = {
  'app-authorization-ms': authorization,
  'asset-consumer': assetConsumer,
  'asset-dashboard-bff': dashboard,
  'asset-mgr-ms': assets,
  'authentication-ms': authentication,
  'config-consumer': configConsumer,
  'config-management-ms': configuration,
  'risk-assess-ms': risk,
  stats,
  'user-management-ms': users,
}

export type Name = keyof typeof apps

/** The services named; those in `standIns` take the place of ours. */
export function openAssets<Some extends Name>(
  names: readonly Some[],
  standIns: Partial<Record<Some, App>> = {},
): Services<Some> {
  const chosen = Object.fromEntries(names.map(name => [name, standIns[name] ?? apps[name]]))
  return openServices(chosen as Record<Some, App>)
}
