import { ConversationDriver } from './conversation-driver.ts'
import { conversationSeenFromOutside } from './conversation-model.ts'
import { walk } from './walk.ts'
import { modelOf } from './walks.ts'

walk('a conversation', modelOf(conversationSeenFromOutside), () => ConversationDriver.open())
