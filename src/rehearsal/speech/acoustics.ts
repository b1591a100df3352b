/** Facts about the recogniser that the main thread needs without loading it. */

/** The recogniser hears 16 kHz. */
export const listeningRate = 16_000

/**
 * The score per 10 ms frame from which speech is taken as heard. Measured through Chromium's microphone on 120
 * sentences: sentences of the grammar at least −28.3, others at most −30.9.
 */
export const acceptFrom = -29.5

export const phones =
  'AA AE AH AO AW AY B CH D DH EH ER EY F G HH IH IY JH K L M N NG OW OY P R S SH T TH UH UW V W Y Z ZH'.split(
    ' ',
  )

/** One word per phone: a loop over them is what a slot may be besides its known values. */
export const phoneWords = phones.map((phone) => `x_${phone.toLowerCase()}`)
export const isPhoneWord = (word: string): boolean => word.startsWith('x_')
