/** All in pixels, from the upper left corner of the whole. */
export interface Point {
  x: number
  y: number
}

export interface Rectangle extends Point {
  width: number
  height: number
}
