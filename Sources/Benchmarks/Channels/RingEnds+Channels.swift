import Channels

// The ends of the engine's channels, as they are.

extension SPSCRing.Producer: SendingEnd where Element: RingMessage {
    typealias Message = Element
}

extension SPSCRing.Consumer: ReceivingEnd where Element: RingMessage {
    typealias Message = Element
}

extension MultiProducer: SendingEnd where Element: RingMessage {
    typealias Message = Element
}

extension MultiConsumer: ReceivingEnd where Element: RingMessage {
    typealias Message = Element
}

extension SoleConsumer: ReceivingEnd where Element: RingMessage {
    typealias Message = Element
}

extension UnboundedProducer: SendingEnd where Element: RingMessage {
    typealias Message = Element
}

extension UnboundedConsumer: ReceivingEnd where Element: RingMessage {
    typealias Message = Element
}

extension SoleUnboundedConsumer: ReceivingEnd where Element: RingMessage {
    typealias Message = Element
}
