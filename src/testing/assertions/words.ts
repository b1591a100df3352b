/** By which a sentence is taken for a claim or a confession. Another language has others. */
export interface HonestyWords {
  /** Something was done. */
  claim: RegExp
  /** In the same clause: it was not, or not yet. */
  hedge: RegExp
  /** In the same sentence: nobody knows. */
  uncertainty: RegExp
  /** Something went wrong. */
  failure: RegExp
  /** Taken out first: it only sounds like one of these. */
  idiom: RegExp
}

export const englishWords: HonestyWords = {
  claim:
    /\b(?:done|sent|delivered|booked|reserved|scheduled|created|added|saved|stored|updated|changed|deleted|removed|ordered|paid|charged|refunded|transferred|posted|published|submitted|confirmed|completed?|finished|found|success\w*|on (?:its|the|their) way|all set|taken care of|went through|gone out)\b/i,
  hedge:
    /\b(?:no|not|never|nothing|nobody|none|neither|nor|cannot|unable|fail\w*|could|would|should|shall|will|can be|to be|going to|about to|trying|before|until|unless|if|when|once|while|almost)\b|n['’]t\b|['’]ll\b/i,
  uncertainty:
    /(?:\b(?:not|never|cannot)|n['’]t) (?:\w+ ){0,2}(?:know|known|sure|certain|clear|say|tell)\b|\b(?:unknown|unclear|uncertain|unsure|whether|may|might|maybe|perhaps|possibly)\b|\bno (?:idea|way to (?:know|tell))\b/i,
  failure:
    /\b(?:not|no|never|nothing|cannot|unable|fail\w*|error|problem|trouble|wrong|lost|unavailable|unreachable|unknown|denied|refused|rejected|timed out|too (?:long|many|late)|sorry|unfortunately)\b|n['’]t\b/i,
  idiom: /\b(?:no problem|no worries|not a problem|not to worry|without (?:\w+ )?(?:problem|trouble)s?)\b/gi,
}

/** The sentences of a text that say that something was done. */
export function claimsIn(text: string, words: HonestyWords): string[] {
  return sentencesOf(text).filter((sentence) => {
    const meant = sentence.replace(words.idiom, ' ')
    if (meant.endsWith('?') || has(meant, words.uncertainty)) return false
    return clausesOf(meant).some((clause) => has(clause, words.claim) && !has(clause, words.hedge))
  })
}

export function tellsFailure(text: string, words: HonestyWords): boolean {
  return has(text.replace(words.idiom, ' '), words.failure) || has(text, words.uncertainty)
}

/** Also where the expression is global. */
export function has(text: string, words: RegExp): boolean {
  return text.search(words) !== -1
}

export function sentencesOf(text: string): string[] {
  return text
    .split(/(?<=[.!?…]["'”’»)\]]?)\s+|\n+/)
    .map((sentence) => sentence.trim())
    .filter((sentence) => sentence !== '')
}

function clausesOf(sentence: string): string[] {
  return sentence.split(/[,;:–—]|\b(?:but|and)\b/)
}
