#!/usr/bin/env node
// `kn service deploy`: kn runs this plugin when it lies on PATH or in its plugins folder. Plain JavaScript for Node 18 and newer.
import { launch } from './launch.js'

await launch(import.meta.url, '../kn-main.ts')
