import Channels

// The ends of the engine's channels, as they are.

extension SPSCRing.Producer: TryingSender, SendingEnd where Element: RingMessage {
    typealias Message = Element
}

extension SPSCRing.Consumer: TryingReceiver, ReceivingEnd where Element: RingMessage {
    typealias Message = Element
}

extension MultiProducer: TryingSender, SendingEnd where Element: RingMessage {
    typealias Message = Element
}

extension MultiConsumer: TryingReceiver, ReceivingEnd where Element: RingMessage {
    typealias Message = Element
}

extension SoleConsumer: TryingReceiver, ReceivingEnd where Element: RingMessage {
    typealias Message = Element
}

extension UnboundedProducer: TryingSender, SendingEnd where Element: RingMessage {
    typealias Message = Element
}

extension UnboundedConsumer: TryingReceiver, ReceivingEnd where Element: RingMessage {
    typealias Message = Element
}

extension SoleUnboundedConsumer: TryingReceiver, ReceivingEnd where Element: RingMessage {
    typealias Message = Element
}
