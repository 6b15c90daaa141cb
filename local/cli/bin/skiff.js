#!/usr/bin/env node
// The `skiff` command. Plain JavaScript for Node 18 and newer.
import { launch } from './launch.js'

await launch(import.meta.url, '../main.ts')
