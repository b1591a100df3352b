/** Facts about the recogniser that the main thread needs without loading it. */

/** The recogniser hears 16 kHz. */
export const listeningRate = 16_000

/**
 * The score per 10 ms frame from which speech is taken as heard. Measured through Chromium's microphone on 120
 * sentences: sentences of the grammar at least −28.3, others at most −30.9.
 */
export const acceptFrom = -29.5

/**
 * From here on the name of a function is believed whose argument was not heard. Phones in place of a value score lower,
 * and this calls nothing: it is asked again. Measured on Flite's voices: 24 near misses at least −32.5; of 21 unrelated
 * sentences 5 began like a function, four of those at most −35, one at −32.3.
 */
export const acceptUnheardFrom = -33

export const phones =
  'AA AE AH AO AW AY B CH D DH EH ER EY F G HH IH IY JH K L M N NG OW OY P R S SH T TH UH UW V W Y Z ZH'.split(
    ' ',
  )

/** One word per phone: a loop over them is what a slot may be besides its known values. */
export const phoneWords = phones.map((phone) => `x_${phone.toLowerCase()}`)
export const isPhoneWord = (word: string): boolean => word.startsWith('x_')
