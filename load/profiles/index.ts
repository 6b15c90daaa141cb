// The load profiles, by name.
import type { Profile } from '../run/profile.ts'
import { bookinfoProfiles } from './bookinfo.ts'
import { commerceProfiles } from './commerce.ts'
import { greetingProfiles } from './greeting.ts'
import { relayProfiles } from './relay.ts'

const all = [...greetingProfiles, ...relayProfiles, ...bookinfoProfiles, ...commerceProfiles]

export const profiles: ReadonlyMap<string, Profile> = new Map(all.map(profile => [profile.name, profile]))
