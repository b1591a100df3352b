export function listen(): void
