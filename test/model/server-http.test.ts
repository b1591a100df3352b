import { describe } from 'vitest'
import { walkServerOver } from './server-paths.ts'

describe('a server over http', () => walkServerOver('http'))
