import { MachinesPage } from './machines/machines-page.ts'

export const machinesView = new MachinesPage()
