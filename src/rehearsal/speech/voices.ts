/** Flite's voices: a woman, two men, and two robots. */
export const voices = ['slt', 'rms', 'awb', 'kal16', 'kal'] as const
export type Voice = (typeof voices)[number]
