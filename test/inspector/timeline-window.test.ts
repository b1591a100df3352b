import { expect, test } from 'vitest'
import { afterKey } from '../../src/inspector/page/views/timeline/keys.ts'
import { nextPictureMs } from '../../src/inspector/page/views/timeline/pace.ts'
import {
  following,
  held,
  type Position,
  revealing,
  scrolled,
  zoomed,
} from '../../src/inspector/page/views/timeline/position.ts'
import { readSettings } from '../../src/inspector/page/views/timeline/settings.ts'
import { ticks, timeAt, timeScale, xOf } from '../../src/inspector/page/views/timeline/time-scale.ts'

const bounds = { now: 1_000_000, earliestAt: 400_000 }

test('a window ends now until it is held, and follows again when it reaches now', () => {
  const first = { spanMs: 30_000 }
  const paused = held(first, 1_000_000)
  expect(paused).toEqual({ spanMs: 30_000, heldAt: 1_000_000 })
  expect(held(paused, 1_005_000)).toEqual(paused)
  expect(following(paused)).toEqual(first)
  expect(scrolled(first, -10_000, bounds)).toEqual({ spanMs: 30_000, heldAt: 990_000 })
  expect(scrolled({ spanMs: 30_000, heldAt: 990_000 }, 9_999, bounds)).toEqual({
    spanMs: 30_000,
    heldAt: 999_999,
  })
  expect(scrolled({ spanMs: 30_000, heldAt: 990_000 }, 10_000, bounds)).toEqual(first)
})

test('a window does not leave what is known, on either side', () => {
  expect(scrolled({ spanMs: 60_000 }, -10_000_000, bounds)).toEqual({ spanMs: 60_000, heldAt: 430_000 })
  expect(scrolled({ spanMs: 60_000 }, 10_000_000, bounds)).toEqual({ spanMs: 60_000 })
})

test('one zooms in steps between 10 seconds and 10 minutes, and what is pointed at stays where it is', () => {
  expect(zoomed({ spanMs: 30_000 }, 1, bounds)).toEqual({ spanMs: 20_000 })
  expect(zoomed({ spanMs: 30_000 }, -2, bounds)).toEqual({ spanMs: 120_000 })
  expect(zoomed({ spanMs: 10_000 }, 1, bounds)).toEqual({ spanMs: 10_000 })
  expect(zoomed({ spanMs: 600_000 }, -1, bounds)).toEqual({ spanMs: 600_000 })
  const paused = { spanMs: 60_000, heldAt: 900_000 }
  expect(zoomed(paused, 1, bounds)).toEqual({ spanMs: 30_000, heldAt: 885_000 })
  expect(zoomed(paused, 1, bounds, 900_000)).toEqual({ spanMs: 30_000, heldAt: 900_000 })
  expect(zoomed(paused, 1, bounds, 840_000)).toEqual({ spanMs: 30_000, heldAt: 870_000 })
  expect(zoomed({ spanMs: 60_000, heldAt: 999_000 }, -1, bounds)).toEqual({
    spanMs: 120_000,
    heldAt: 1_000_000,
  })
})

test('a call that is out of the window is brought into its middle; one that is seen moves nothing', () => {
  const first = { spanMs: 30_000 }
  expect(revealing(first, 980_000, 981_000, bounds)).toEqual(first)
  expect(revealing(first, 900_000, 901_000, bounds)).toEqual({ spanMs: 30_000, heldAt: 915_500 })
  expect(revealing(first, 800_000, 850_000, bounds)).toEqual({ spanMs: 120_000, heldAt: 885_000 })
  expect(revealing({ spanMs: 30_000, heldAt: 500_000 }, 999_000, 1_000_000, bounds)).toEqual(first)
})

test('keys scroll, zoom, hold and follow; others are not taken', () => {
  const after = (key: string, position: Position = { spanMs: 20_000 }) => afterKey(key, position, bounds)
  expect(after('ArrowLeft')).toEqual({ spanMs: 20_000, heldAt: 995_000 })
  expect(after('ArrowRight', { spanMs: 20_000, heldAt: 990_000 })).toEqual({
    spanMs: 20_000,
    heldAt: 995_000,
  })
  expect(after('Home')).toEqual({ spanMs: 20_000, heldAt: 410_000 })
  expect(after(' ')).toEqual({ spanMs: 20_000, heldAt: 1_000_000 })
  expect(after('+')).toEqual({ spanMs: 10_000 })
  expect(after('-')).toEqual({ spanMs: 30_000 })
  expect(after('a')).toBeUndefined()
})

test('time and pixels say the same, with coordinates that stay small', () => {
  const scale = timeScale(1_795_661_184_650, 20_000, 1_100, 100)
  expect(scale).toEqual({
    originAt: 1_795_661_160_000,
    pixelsPerMs: 0.05,
    fromAt: 1_795_661_164_650,
    endsAt: 1_795_661_184_650,
    untilAt: 1_795_661_186_650,
    shift: -232.5,
  })
  expect(xOf(scale, scale.fromAt) + scale.shift).toBe(0)
  expect(xOf(scale, scale.endsAt) + scale.shift).toBe(1_000)
  expect(timeAt(scale, 1_000)).toBe(scale.endsAt)
})

test('ticks stand at round times, as far apart as was asked for', () => {
  expect(ticks(timeScale(100_000, 10_000, 1_000, 0), 90)).toEqual(
    Array.from({ length: 11 }, (_, index) => 90_000 + index * 1_000),
  )
  expect(ticks(timeScale(100_000, 30_000, 1_000, 0), 90)).toEqual([
    70_000, 75_000, 80_000, 85_000, 90_000, 95_000, 100_000,
  ])
  expect(ticks(timeScale(1_200_000, 600_000, 350, 50), 90)).toEqual([600_000, 900_000, 1_200_000])
})

test('a picture follows as soon as half a pixel has passed, and only while something moves', () => {
  const pace = { pixelsPerMs: 0.02, isFollowing: true, isLive: true, wantsLessMotion: false }
  expect(nextPictureMs(pace)).toBe(25)
  expect(nextPictureMs({ ...pace, pixelsPerMs: 0.001 })).toBe(100)
  expect(nextPictureMs({ ...pace, isLive: false })).toBe(100)
  expect(nextPictureMs({ ...pace, pixelsPerMs: 0.0001, isLive: false })).toBe(1_000)
  expect(nextPictureMs({ ...pace, isFollowing: false })).toBe(100)
  expect(nextPictureMs({ ...pace, isFollowing: false, isLive: false })).toBeUndefined()
  expect(nextPictureMs({ ...pace, wantsLessMotion: true })).toBe(1_000)
})

test('what was chosen is kept over a reload; what nobody could choose is passed over', () => {
  const filter = {
    text: 'tea',
    function: 'send_email',
    server: 'mail',
    conversationId: '1',
    outcome: 'failed',
  }
  const kept = { position: { spanMs: 60_000, heldAt: 5 }, filter }
  expect(readSettings(JSON.stringify(kept))).toEqual(kept)
  const unchosen = {
    position: { spanMs: 30_000 },
    filter: { text: '', function: '', server: '', conversationId: '', outcome: 'all' },
  }
  for (const text of [
    null,
    '',
    '7',
    '[]',
    '{"position":3,"filter":null}',
    '{"position":{"spanMs":1,"heldAt":"x"}}',
  ]) {
    expect(readSettings(text)).toEqual(unchosen)
  }
})
