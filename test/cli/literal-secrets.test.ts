import { expect, test } from 'vitest'
import { isSecret, replaceInArguments } from '../../src/cli/literal-secrets.ts'

test.each([
  ['--config', '{"apiKey": "abc\\"d", "mode": "fast"}', '{"apiKey": "#", "mode": "fast"}'],
  ['--config', '{"maxTokens": "4096"}', '{"maxTokens": "4096"}'],
  ['', '--header=Authorization: Bearer abc', '--header=Authorization: #'],
  ['', '--env=API_KEY=abc', '--env=API_KEY=#'],
  ['-c', 'export API_KEY="abc"; TOKEN=abc exec node x.js', 'export API_KEY="#"; TOKEN=# exec node x.js'],
  ['', 'Server=db;Password=abc;Timeout=3', 'Server=db;Password=#;Timeout=3'],
  ['', '--max-old-space-size=4096', '--max-old-space-size=4096'],
  ['-c', 'exec env TOKEN=$\u007bTOKEN} node x.js', 'exec env TOKEN=$\u007bTOKEN} node x.js'],
])('of the arguments %j %j a secret is replaced, and nothing else', (before, argument, expected) => {
  expect(replaceInArguments([before, argument], () => '#')).toEqual([before, expected])
})

test.each([
  ['OPENAPI_MCP_HEADERS', '{"Authorization": "Bearer ntn_1", "Notion-Version": "2022-06-28"}', true],
  ['SETTINGS', '{"mode": "fast"}', false],
  ['CONNECTION', 'Server=db;Password=abc', true],
  ['ENDPOINT', 'https://example.com/s/NzU3MDk4LTk4NzY1NDMyMQ/mcp', true],
  ['ENDPOINT', 'https://example.com/mcp?api_key=abc', true],
  ['ENDPOINT', 'https://example.com/mcp?version=2', false],
])('whether %s has a secret in its value %j: %j', (name, value, expected) => {
  expect(isSecret(name, value)).toBe(expected)
})
