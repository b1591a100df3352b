/** As users read it when an authorization server asks them. */
export const clientName = 'Switchboard'
