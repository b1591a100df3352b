/** A request of the page that is not done. Its message is for whoever made it. */
export class Refusal extends Error {
  override readonly name = 'Refusal'

  /** `status`: of HTTP. */
  constructor(
    readonly status: 404 | 409,
    message: string,
  ) {
    super(message)
  }
}
