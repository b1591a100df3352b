/** What is wrong with one entry; the others do not notice. */
export class EntryProblem extends Error {}
