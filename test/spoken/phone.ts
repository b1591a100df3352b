import { onTestFinished } from 'vitest'
import type { Conversation } from '../../src/index.ts'
import { Exchange as AnyExchange, type Phone, type PhoneOptions } from '../support/phone.ts'

/** Three times as fast as a call, so that a test is short. */
export class Exchange extends AnyExchange {
  constructor() {
    super(3)
  }

  /** It is hung up when the test ends, also where it never came about. */
  async dial(conversation: Conversation, options?: PhoneOptions): Promise<Phone> {
    const phone = this.phone(conversation, options)
    onTestFinished(() => phone.hangUp())
    await phone.connect()
    return phone
  }
}
