import { readFileSync } from 'node:fs'
import { Converter, ReflectionKind } from 'typedoc'

const { name, exports } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))

/** What programs import, by its source. */
const entries = new Map(
  Object.entries(exports).flatMap(([path, { types = '' }]) =>
    types === ''
      ? []
      : [[types.replace('./dist/', '../src/').replace(/\.d\.ts$/, '.ts'), name + path.slice(1)]],
  ),
)

/** Modules have the names by which they are imported. */
function nameModules(app) {
  const names = [...entries.values()]
  app.converter.on(Converter.EVENT_CREATE_DECLARATION, (_, reflection) => {
    if (reflection.kind === ReflectionKind.Module) reflection.name = names.shift() ?? reflection.name
  })
}

/** Parts of what is exported that nobody makes or reads by themselves. */
const insides = {
  'actors/connection/client.ts': ['ClientWrapper'],
  'agent/model/kept-list.ts': ['ConfirmedToolset', 'KeptList'],
  'agent/model/realtime-events.ts': ['ClientEvent'],
  'agent/model/realtime-socket.ts': ['RealtimeTarget'],
  'inspector/voice/voice.ts': ['CallerServers'],
  'registry/database/database.ts': ['Notification', 'Queries'],
  'registry/oauth/machine-tokens.ts': ['jwtBearer'],
  'registry/sign-ins.ts': ['AccessToken'],
  'registry/store.ts': [
    ...['Actor', 'ApiKeyStore', 'AuditLine', 'Change', 'GrantRecord', 'OAuthStore', 'ServerStore'],
    'TemplateStore',
  ],
  'registry/wire.ts': ['TestResult'],
  'rehearsal/endpoint/wire.ts': ['ServerEvent'],
  'rehearsal/grammar/grammar.ts': ['GrammarOptions'],
  'rehearsal/speech/listener.ts': ['ListenerEvent', 'ListenerOptions'],
  'rehearsal/speech/speech.ts': ['CallEars'],
  'rehearsal/speech/wav.ts': ['Channels'],
  'telemetry.ts': ['Measured', 'ServedCall'],
}

/** @type {Partial<import('typedoc').TypeDocOptions>} */
export default {
  name: 'Switchboard',
  entryPoints: [...entries.keys()],
  intentionallyNotExported: Object.entries(insides).flatMap(([file, names]) =>
    names.map((one) => `src/${file}:${one}`),
  ),
  tsconfig: 'tsconfig.json',
  plugin: [nameModules],
  out: 'reference',
  readme: 'none',
  excludePrivate: true,
  excludeExternals: true,
  disableSources: true,
  sort: ['source-order'],
  treatWarningsAsErrors: true,
  validation: { notExported: true, invalidLink: true, notDocumented: true, unusedMergeModuleWith: true },
  requiredToBeDocumented: ['Function', 'Class'],
}
